package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * MaxRL's advantage: {@code A = (s - mean) / (mean + epsilon)} over the group; with rewards of 0
 * and 1 rare successes count more, towards the likelihood of success.
 *
 * <p>Tajwar et al. 2026, https://arxiv.org/abs/2602.02710.
 */
public record MaxRl(Options options) implements GroupEstimator {
  public record Options(
      @Doc("added to the mean") double epsilon,
      @Doc("advantage of a group of one: 0, or its score") LoneResponse singleton) {
    public static final Options DEFAULTS = new Options(1e-6, LoneResponse.ZERO);

    public Options {
      Require.that(epsilon >= 0, "epsilon: %s (expected: >= 0)", epsilon);
    }
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = GroupMeans.subtract(scores, batch.groups(), options.singleton);
    for (int[] members : batch.groups()) {
      boolean raw = members.length == 1 && options.singleton == LoneResponse.RAW;
      double mean = raw ? 1 : GroupMeans.mean(scores, members);
      for (int row : members) {
        advantages[row] /= mean + options.epsilon;
      }
    }
    return advantages;
  }
}
