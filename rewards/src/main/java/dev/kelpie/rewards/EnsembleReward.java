package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The scores of several reward models as one. Reward model ensembles,
 * https://arxiv.org/abs/2310.02743: the least of them, or their mean less their spread, is harder
 * to deceive than one model. Parts of the score are that of each model by its name, and {@code
 * spread}, their unbiased standard deviation.
 */
public record EnsembleReward(Options options) implements Reward {
  private static final String SPREAD = "spread";

  /** What becomes of the scores. */
  enum Aggregate {
    MEAN,
    /** The middle one; of an even number the mean of the two in the middle. */
    MEDIAN,
    MIN,
    /** The mean less {@code lambda} times the unbiased standard deviation. */
    LOWER_BOUND
  }

  /** Options of the type {@code ensemble}. */
  public record Options(
      @Doc("names of the models, classifiers") List<String> models,
      @Doc("mean, median, min, or lower-bound: mean - lambda x standard deviation")
          Aggregate aggregate,
      @Doc("factor of the standard deviation in lower-bound") double lambda) {
    public static final Options DEFAULTS = new Options(List.of(), Aggregate.MEAN, 1);

    public Options {
      models = List.copyOf(models);
      Require.that(
          Double.isFinite(lambda) && lambda >= 0, "lambda: %s (expected: at least 0)", lambda);
      Require.that(
          lambda == 1 || aggregate == Aggregate.LOWER_BOUND,
          "lambda: %s (expected: 1, because aggregate is not lower-bound)",
          lambda);
    }
  }

  public EnsembleReward {
    List<String> models = options.models;
    Require.that(
        models.size() >= 2,
        "models: %s (expected: at least two names of the block models; one model is the type"
            + " model)",
        models);
    Require.that(
        new HashSet<>(models).size() == models.size(),
        "models: %s (expected: each model once)",
        models);
    models.forEach(model -> ModelNumbers.requireModel("models", model));
    Require.that(
        !models.contains(SPREAD),
        "models: %s (expected: no model called spread, which is a part of the score)",
        models);
  }

  @Override
  public List<ScoreRequest> requests() {
    return options.models.stream().map(ScoreRequest::ofScore).toList();
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    double[] scores = new double[options.models.size()];
    Map<String, Float> parts = new HashMap<>();
    Scale all = Scale.NONE;
    for (int i = 0; i < scores.length; i++) {
      String model = options.models.get(i);
      scores[i] = ModelNumbers.score(ScoreRequest.ofScore(model), numbers);
      parts.put(model, (float) scores[i]);
      all = all.with(scores[i]);
    }
    parts.put(SPREAD, (float) all.deviation());
    double value =
        switch (options.aggregate) {
          case MEAN -> all.mean();
          case MEDIAN -> median(scores);
          case MIN -> Arrays.stream(scores).min().orElseThrow();
          case LOWER_BOUND -> all.mean() - options.lambda * all.deviation();
        };
    return new Score((float) value, parts);
  }

  private static double median(double[] scores) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int upper = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "ensemble-1 " + options;
  }
}
