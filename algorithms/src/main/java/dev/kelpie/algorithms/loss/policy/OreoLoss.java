package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Optional;

/**
 * OREO: consistency of the soft Bellman equation at every token, {@code (V_t - R_t + beta x_t +
 * sg(beta sum_(i > t) x_i))^2} with the log-ratio x to the reference and the reward R_t to come.
 *
 * <p>Wang et al. 2024, https://arxiv.org/abs/2412.16145, with the mean over tokens, then responses,
 * of its authors' code. Its value loss is the plain squared error to the batch's returns, {@code
 * R_t - beta sum_(i >= t) x_i}: those of {@code reinforce-return} with a KL penalty k1 of
 * coefficient beta in the reward. The policy's x is taken from the same returns, so that no
 * reference is needed here: {@code (V_t - return_t + beta d_t + sg(beta sum_(i > t) d_i))^2} with
 * {@code d = policy - old}. The KL term that the authors may add is the experiment's.
 */
public record OreoLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("coefficient of the KL penalty k1 that is in the returns") double beta) {
    public static final Options DEFAULTS = new Options(0.03);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public boolean needsValues() {
    return true;
  }

  @Override
  public Optional<Aggregation> aggregation() {
    return Optional.of(Aggregation.of("seq-mean-token-mean", 0));
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray moved = Ratios.policyToOld(outputs, batch, 0); // [B, R]
    NDArray detached = moved.stopGradient(); // [B, R]
    NDArray later =
        Masked.rowSum(detached, batch.mask()).sub(detached.cumSum(1)); // [B, R], sum over i > t
    NDArray error =
        batch.oldValues().sub(batch.returns()).add(mul(moved.add(later), options.beta)); // [B, R]
    Metrics metrics = Ratios.approximateKl(moved, batch.mask());
    return new TokenLosses(error.square(), metrics);
  }
}
