package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.Whitening;
import dev.kelpie.config.Doc;

/**
 * REINFORCE++-baseline: the score minus its group's mean on every token, whitened over all tokens
 * of the batch.
 *
 * <p>Hu 2025, https://arxiv.org/abs/2501.03262. Nothing regresses to its returns; they are the
 * whitened numbers with {@code whitenUnbiased} (verl), else the centred ones (OpenRLHF).
 */
public record ReinforcePlusPlusBaseline(Options options) implements AdvantageEstimator {
  /** The number that is subtracted from a score. */
  public enum Baseline {
    MEAN,
    NONE
  }

  public record Options(
      @Doc("the group's mean, or nothing") Baseline baseline,
      @Doc("advantage of a group of one before whitening: 0, or its score") LoneResponse singleton,
      @Doc("divides the squares by n - 1, else by n") boolean whitenUnbiased,
      @Doc("whether to divide by the deviation, or only to centre") boolean whitenStd) {
    public static final Options DEFAULTS =
        new Options(Baseline.MEAN, LoneResponse.ZERO, true, true);
  }

  @Override
  public boolean comparesWithinGroup() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[] centred = batch.scores();
    if (options.baseline == Baseline.MEAN) {
      centred = GroupMeans.subtract(centred, batch.groups(), options.singleton);
    }
    double[][] tokens = Credit.broadcast(centred, batch);
    Whitening plain = Whitening.ofAdvantages(options.whitenUnbiased);
    Whitening whitening =
        new Whitening(
            plain.unbiased(), true, options.whitenStd, plain.epsilon(), plain.epsilonMode());
    double[][] advantages = whitening.apply(tokens, batch.mask());
    return Credit.of(advantages, options.whitenUnbiased ? advantages : tokens, batch);
  }
}
