package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The mean score of a reward model in {@code passes} passes with dropout before its score head, the
 * Monte Carlo dropout of Gal and Ghahramani 2016, https://arxiv.org/abs/1506.02142, at the last
 * layer. In a pass each state of the last token is left out with probability {@code rate}, and the
 * others are divided by {@code 1 - rate}; a pass leaves out the same ones of all responses, so that
 * two responses are compared by the same thinned model. Parts of the score are that of each pass,
 * from {@code 1} on, and {@code spread}, their unbiased standard deviation.
 */
public record DropoutReward(Options options) implements Reward {
  private static final String SPREAD = "spread";
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** Options of the type {@code dropout}. */
  public record Options(
      @Doc("name of the model, a classifier") String model,
      @Doc("probability that a state is left out") double rate,
      @Doc("passes, each with states of its own that are left out") int passes,
      @Doc("of what is left out") long seed) {
    public static final Options DEFAULTS = new Options("", 0.1, 8, 1);

    public Options {
      Require.that(rate >= 0 && rate < 1, "rate: %s (expected: in [0, 1))", rate);
      Require.atLeast("passes", passes, 2);
    }
  }

  public DropoutReward {
    ModelNumbers.requireModel("model", options.model);
  }

  private ScoreRequest request() {
    return ScoreRequest.ofScoreTerms(options.model);
  }

  @Override
  public List<ScoreRequest> requests() {
    return List.of(request());
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    PerToken terms = ModelNumbers.scoreTerms(request(), numbers);
    Map<String, Float> parts = new HashMap<>();
    Scale all = Scale.NONE;
    for (int pass = 1; pass <= options.passes; pass++) {
      double score = thinned(terms, pass);
      parts.put(String.valueOf(pass), (float) score);
      all = all.with(score);
    }
    parts.put(SPREAD, (float) all.deviation());
    return new Score((float) all.mean(), parts);
  }

  /** The score of one pass. */
  private double thinned(PerToken terms, int pass) {
    SplittableRandom random = new SplittableRandom(options.seed * GOLDEN + pass);
    double score = 0;
    for (int d = 0; d < terms.length(); d++) {
      score += random.nextDouble() < options.rate ? 0 : terms.get(d) / (1 - options.rate);
    }
    return score;
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "dropout-1 " + options;
  }
}
