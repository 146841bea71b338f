package dev.kelpie.algorithms.conformance;

import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.advantage.Credit;
import dev.kelpie.algorithms.advantage.RewardBatch;
import dev.kelpie.algorithms.advantage.ScoreBatches;
import dev.kelpie.config.Catalog;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cases of kind advantage. */
final class AdvantageCases implements ConformanceKind {
  /** Weights of the reward components; belongs to the rewards in experiment files. */
  record Frame(List<Double> weights) {
    static final Frame DEFAULTS = new Frame(List.of());
  }

  private static final Catalog<AdvantageEstimator> ESTIMATORS = AdvantageEstimators.catalog();

  private static final Map<String, RewardBatch.Column> COLUMNS =
      Map.of(
          "values", RewardBatch.Column.VALUES,
          "old-logprobs", RewardBatch.Column.OLD_LOGPROBS,
          "sum-squared-probs", RewardBatch.Column.SUM_SQUARED_PROBS,
          "weights", RewardBatch.Column.WEIGHTS);

  @Override
  public Set<String> types() {
    return ESTIMATORS.names();
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    String type = conformanceCase.type();
    Record defaults = (Record) ESTIMATORS.defaults(type);
    List<String> own = Arrays.asList(Catalog.keys(defaults));
    AdvantageEstimator estimator =
        ESTIMATORS.create(
            type,
            conformanceCase.options(),
            own.contains("weights") ? new String[0] : new String[] {"weights"});
    Frame frame = conformanceCase.options().bind(Frame.DEFAULTS, own.toArray(String[]::new));
    Credit credit = estimator.estimate(batch(conformanceCase, frame.weights));
    return Map.of("advantages", credit.advantages(), "returns", credit.returns());
  }

  private static RewardBatch batch(ConformanceCase conformanceCase, List<Double> weights) {
    double[][] mask = conformanceCase.matrix("mask");
    int[] groups = conformanceCase.groups(mask.length);
    RewardBatch batch =
        conformanceCase.has("rewards")
            ? components(conformanceCase.matrix("rewards"), weights, mask, groups)
            : RewardBatch.of(conformanceCase.matrix("token-rewards"), mask, groups);
    for (Map.Entry<String, RewardBatch.Column> column : COLUMNS.entrySet()) {
      if (conformanceCase.has(column.getKey())) {
        batch = batch.with(column.getValue(), conformanceCase.matrix(column.getKey()));
      }
    }
    return conformanceCase.has("greedy-rewards")
        ? batch.withGreedyRewards(conformanceCase.vector("greedy-rewards"))
        : batch;
  }

  private static RewardBatch components(
      double[][] rewards, List<Double> weights, double[][] mask, int[] groups) {
    List<Double> factors = weights.isEmpty() ? Collections.nCopies(rewards.length, 1.0) : weights;
    double[] scores = new double[mask.length];
    for (int k = 0; k < rewards.length; k++) {
      for (int b = 0; b < scores.length; b++) {
        scores[b] += factors.get(k) * rewards[k][b];
      }
    }
    return ScoreBatches.of(scores, mask, groups).withComponents(rewards);
  }
}
