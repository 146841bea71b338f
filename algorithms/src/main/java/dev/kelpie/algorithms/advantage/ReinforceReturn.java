package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * The plain discounted return-to-go, neither centred nor whitened.
 *
 * <p>Williams 1992, https://doi.org/10.1007/BF00992696. Rewards on masked tokens count.
 */
public final class ReinforceReturn implements AdvantageEstimator {
  /** Its options. */
  public record Options(@Doc("discount per token") double gamma) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.that(gamma >= 0 && gamma <= 1, "gamma: %s (expected: in [0, 1])", gamma);
    }
  }

  private final Options options;

  public ReinforceReturn(Options options) {
    this.options = options;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] returns = ReturnToGo.of(batch, options.gamma, ReturnToGo.MaskedTokens.COUNT);
    return Credit.of(returns, returns, batch);
  }
}
