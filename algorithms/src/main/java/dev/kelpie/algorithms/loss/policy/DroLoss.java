package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * DRO: policy gradient with a quadratic pull to the old policy, {@code -A log pi + beta / 2 (policy
 * - old)^2}.
 *
 * <p>Richemond et al. 2024, https://arxiv.org/abs/2405.19107; also the loss of Kimi k1.5
 * (https://arxiv.org/abs/2501.12599).
 */
public record DroLoss(Options options) implements PolicyLoss {
  public record Options(@Doc("strength of the pull") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.atLeast("beta", beta, 0.0);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray logRatio = Ratios.policyToOld(outputs, batch, 0); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, batch.mask());
    NDArray gain = outputs.logprobs().mul(batch.advantages()); // [B, R]
    return new TokenLosses(mul(logRatio.square(), options.beta / 2).sub(gain), metrics); // [B, R]
  }
}
