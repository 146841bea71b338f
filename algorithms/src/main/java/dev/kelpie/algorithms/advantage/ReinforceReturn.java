package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * The plain discounted return-to-go, neither centred nor whitened.
 *
 * <p>Williams 1992, https://doi.org/10.1007/BF00992696. Rewards on masked tokens count.
 */
public record ReinforceReturn(Options options) implements AdvantageEstimator {
  public record Options(@Doc("discount per token") double gamma) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.that(gamma >= 0 && gamma <= 1, "gamma: %s (expected: in [0, 1])", gamma);
    }
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] returns = new double[batch.rows()][];
    for (int b = 0; b < returns.length; b++) {
      returns[b] = batch.tokenRewards()[b].clone();
      double sum = 0;
      for (int t = returns[b].length - 1; t >= 0; t--) {
        sum = returns[b][t] + options.gamma * sum;
        returns[b][t] = sum;
      }
    }
    return Credit.of(returns, returns, batch);
  }
}
