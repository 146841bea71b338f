package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * GPG's advantage: {@code A = B / m (s - mean) / fNorm} with B responses in the batch, of which m
 * have a score other than 0: responses that say nothing do not thin out the gradient.
 *
 * <p>Chu et al. 2025, https://arxiv.org/abs/2504.02546.
 */
public record Gpg(Options options) implements GroupEstimator {
  public record Options(
      @Doc("constant divisor") double fNorm,
      @Doc("advantage of a group of one: 0, or its score") LoneResponse singleton) {
    public static final Options DEFAULTS = new Options(1, LoneResponse.ZERO);

    public Options {
      Require.that(fNorm > 0, "f-norm: %s (expected: > 0)", fNorm);
    }
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = GroupMeans.subtract(scores, batch.groups(), options.singleton);
    int nonzero = 0;
    for (double score : scores) {
      nonzero += score != 0 ? 1 : 0;
    }
    double alpha = (double) scores.length / Math.max(1, nonzero);
    for (int b = 0; b < advantages.length; b++) {
      advantages[b] *= alpha / options.fNorm;
    }
    return advantages;
  }
}
