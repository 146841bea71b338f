package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.Credit;
import dev.kelpie.algorithms.advantage.RewardBatch;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.shaping.RewardShaping;
import dev.kelpie.tensors.InferenceScope;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Assigns per-token credit from rewards: shapes the score, puts it on the last token, takes the KL
 * penalty off every token where the experiment says so ({@code r_t = -coef kl_t}; Stiennon et al.
 * 2020, https://arxiv.org/abs/2009.01325), and asks the advantage estimator.
 *
 * @param estimator the estimator
 * @param shaping what a score is changed to first
 */
record CreditAssignment(AdvantageEstimator estimator, RewardShaping shaping) {
  /** Fills advantages and returns without a KL penalty. */
  void assign(StepRows rows, Optional<double[][]> processRewards) {
    assign(rows, processRewards, zeros(rows), 0);
  }

  /**
   * Fills advantages and returns of all rows; {@code kl} [B][R] in nats is multiplied by the
   * coefficient.
   *
   * @param processRewards of the tokens [B][R], where a model gives some
   */
  void assign(
      StepRows rows, Optional<double[][]> processRewards, double[][] kl, double klCoefficient) {
    int count = rows.rows().size();
    double[][] mask = new double[count][];
    double[][] rewards = new double[count][];
    int[] groups = new int[count];
    for (int b = 0; b < count; b++) {
      int length = rows.row(b).length();
      mask[b] = new double[length];
      Arrays.fill(mask[b], 1);
      rewards[b] = new double[length];
      for (int t = 0; t < length; t++) {
        rewards[b][t] = -klCoefficient * kl[b][t];
        if (rows.tokenRewards().isPresent()) {
          rewards[b][t] += rows.tokenRewards().get()[b][t];
        }
      }
      rewards[b][length - 1] += shaping.shaped(rows.row(b).scored());
      groups[b] = rows.row(b).group();
    }
    RewardBatch batch = RewardBatch.of(rewards, mask, groups);
    if (estimator.needsValues()) {
      batch = batch.with(RewardBatch.Column.VALUES, rows.numbers(Column.OLD_VALUES));
    }
    if (estimator.needsSquares()) {
      batch =
          batch
              .with(RewardBatch.Column.OLD_LOGPROBS, rows.numbers(Column.OLD_LOGPROBS))
              .with(RewardBatch.Column.SUM_SQUARED_PROBS, rows.numbers(StepRows.SQUARES));
    }
    if (processRewards.isPresent()) {
      batch = batch.with(RewardBatch.Column.PROCESS_REWARDS, processRewards.get());
    }
    double[][] components = components(rows);
    if (components.length > 0) {
      batch = batch.withComponents(components);
    }
    Optional<List<ScoredTrajectory>> greedy = rows.greedy();
    if (greedy.isPresent()) {
      batch = batch.withGreedyRewards(greedy.get().stream().mapToDouble(shaping::shaped).toArray());
    }
    Credit credit = estimator.estimate(batch);
    for (int b = 0; b < count; b++) {
      rows.put(Column.ADVANTAGES, b, credit.advantages(b));
      rows.put(Column.RETURNS, b, credit.returns(b));
    }
  }

  /** The KL of the old policy to the reference at every token [B][R]. */
  static double[][] kl(StepRows rows, KlEstimator estimator) {
    double[][] kl = new double[rows.rows().size()][];
    try (InferenceScope scope = InferenceScope.open()) {
      for (int b = 0; b < kl.length; b++) {
        PerToken old = rows.get(Column.OLD_LOGPROBS, b);
        PerToken reference = rows.get(Column.REFERENCE_LOGPROBS, b);
        NDArray oldLogprobs = scope.floats(old.toArray(), 1, old.length()); // [1, R]
        NDArray referenceLogprobs =
            scope.floats(reference.toArray(), 1, reference.length()); // [1, R]
        float[] row =
            estimator.estimate(oldLogprobs, referenceLogprobs, oldLogprobs).toFloatArray();
        kl[b] = new double[row.length];
        for (int t = 0; t < row.length; t++) {
          kl[b][t] = row[t];
        }
      }
    }
    return kl;
  }

  private static double[][] zeros(StepRows rows) {
    return rows.rows().stream().map(row -> new double[row.length()]).toArray(double[][]::new);
  }

  /** The parts of the rewards [K][B] in order of their names; none unless all rows have them. */
  private static double[][] components(StepRows rows) {
    List<String> names = List.copyOf(new TreeSet<>(rows.row(0).scored().score().parts().keySet()));
    double[][] components = new double[names.size()][rows.rows().size()];
    for (int b = 0; b < rows.rows().size(); b++) {
      for (int k = 0; k < names.size(); k++) {
        Float part = rows.row(b).scored().score().parts().get(names.get(k));
        if (part == null) {
          return new double[0][];
        }
        components[k][b] = part;
      }
    }
    return components;
  }
}
