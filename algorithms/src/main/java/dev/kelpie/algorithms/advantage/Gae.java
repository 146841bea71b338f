package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.Whitening;
import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.OptionalDouble;

/**
 * Generalised advantage estimation: {@code delta_t = r_t + gamma V_{t+1} - V_t}, {@code A_t =
 * delta_t + gamma lambda A_{t+1}}, returns {@code A_t + V_t}.
 *
 * <p>Schulman et al. 2015, https://arxiv.org/abs/1506.02438, eq. 16. Returns are those of the
 * advantages before whitening. Tokens the policy did not produce are stepped over: value and trace
 * are carried across them, so that tool output does not leak discounting (verl, NeMo-RL).
 */
public record Gae(Options options) implements AdvantageEstimator {
  public record Options(
      @Doc("discount per token") double gamma,
      @Doc("trace decay per token") double lambda,
      @Doc("lambda of the returns; none is lambda (VC-PPO," + " https://arxiv.org/abs/2503.01491)")
          OptionalDouble lambdaValue,
      @Doc("lambda of the advantages; none is lambda") OptionalDouble lambdaPolicy,
      @Doc(
              "a: the advantages' lambda is 1 - 1 / max(1, a length) (VAPO,"
                  + " https://arxiv.org/abs/2504.05118); 0 is off")
          double lengthAdaptiveAlpha,
      @Doc("whether to whiten the advantages over the batch") boolean whiten,
      @Doc("divides the squares by n - 1, else by n") boolean whitenUnbiased,
      @Doc("carry value and trace over masked tokens") boolean skipMasked,
      @Doc("values and rewards of masked tokens count as 0 where they are not skipped")
          boolean zeroMaskedInputs) {
    public static final Options DEFAULTS =
        new Options(
            1, 0.95, OptionalDouble.empty(), OptionalDouble.empty(), 0, true, true, true, true);

    public Options {
      Require.that(gamma >= 0 && gamma <= 1, "gamma: %s (expected: in [0, 1])", gamma);
      Require.that(lambda >= 0 && lambda <= 1, "lambda: %s (expected: in [0, 1])", lambda);
      Require.within("lambda-value", lambdaValue.orElse(lambda), 0, 1);
      Require.within("lambda-policy", lambdaPolicy.orElse(lambda), 0, 1);
    }
  }

  @Override
  public boolean needsValues() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] advantages = new double[batch.rows()][];
    double[][] returns = new double[batch.rows()][];
    for (int b = 0; b < batch.rows(); b++) {
      double[] values = batch.get(Column.VALUES)[b];
      advantages[b] = trace(batch, b, policyLambda(batch.length(b)));
      returns[b] = trace(batch, b, options.lambdaValue.orElse(options.lambda));
      for (int t = 0; t < values.length; t++) {
        returns[b][t] += values[t];
      }
    }
    if (options.whiten) {
      advantages = Whitening.ofAdvantages(options.whitenUnbiased).apply(advantages, batch.mask());
    }
    return Credit.of(advantages, returns, batch);
  }

  private double policyLambda(double length) {
    if (options.lengthAdaptiveAlpha > 0) {
      return 1 - 1 / Math.max(1, options.lengthAdaptiveAlpha * length);
    }
    return options.lambdaPolicy.orElse(options.lambda);
  }

  private double[] trace(RewardBatch batch, int row, double lambda) {
    double[] mask = batch.mask()[row];
    double[] rewards = batch.tokenRewards()[row];
    double[] values = batch.get(Column.VALUES)[row];
    double[] advantages = new double[mask.length];
    double nextValue = 0;
    double advantage = 0;
    for (int t = mask.length - 1; t >= 0; t--) {
      boolean masked = mask[t] == 0;
      if (masked && options.skipMasked) {
        continue;
      }
      double keep = masked && options.zeroMaskedInputs ? 0 : 1;
      double delta = keep * rewards[t] + options.gamma * nextValue - keep * values[t];
      advantage = delta + options.gamma * lambda * advantage;
      advantages[t] = advantage;
      nextValue = keep * values[t];
    }
    return advantages;
  }
}
