package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.Whitening;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * REINFORCE++: the discounted return-to-go of each token, whitened over all tokens of the batch.
 *
 * <p>Hu 2025, https://arxiv.org/abs/2501.03262. The KL penalty, if any, is part of the token
 * rewards.
 */
public record ReinforcePlusPlus(Options options) implements AdvantageEstimator {
  /** Treatment of the return at tokens that the policy did not produce. */
  public enum MaskedTokens {
    /** Carried over them unchanged (verl). */
    CARRY,
    /** Starts again at 0 (SkyRL). */
    RESET,
    /** Discounted through them, which have no reward (OpenRLHF). */
    DISCOUNT
  }

  public record Options(
      @Doc("discount per token") double gamma,
      @Doc("divides the squares by n - 1, else by n") boolean whitenUnbiased,
      @Doc("what happens at tokens the policy did not produce") MaskedTokens maskedTokens) {
    public static final Options DEFAULTS = new Options(1, true, MaskedTokens.CARRY);

    public Options {
      Require.that(gamma >= 0 && gamma <= 1, "gamma: %s (expected: in [0, 1])", gamma);
    }
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] returns = ReturnToGo.of(batch, options.gamma, options.maskedTokens);
    Whitening whitening = Whitening.ofAdvantages(options.whitenUnbiased);
    return Credit.of(whitening.apply(returns, batch.mask()), returns, batch);
  }
}
