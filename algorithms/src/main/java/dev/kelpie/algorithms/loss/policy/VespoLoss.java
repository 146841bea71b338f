package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Optional;

/**
 * VESPO: REINFORCE with a smooth, detached weight of the whole response's importance weight w,
 * {@code -phi(w) A log pi} with {@code phi = exp(lambda + k log w - lambda w)}: 1 at w = 1, falling
 * on both sides; k and lambda depend on the sign of A.
 *
 * <p>Shen et al. 2026, https://arxiv.org/abs/2602.10693. The batch's weights are part of w and do
 * not multiply the loss again.
 */
public record VespoLoss(Options options) implements PolicyLoss {
  private static final double LOG_LOWEST = Math.log(1e-8);
  private static final double LOG_HIGHEST = 20;

  public record Options(
      @Doc("k where A >= 0") double kPositive,
      @Doc("lambda where A >= 0") double lambdaPositive,
      @Doc("k where A < 0") double kNegative,
      @Doc("lambda where A < 0") double lambdaNegative) {
    public static final Options DEFAULTS = new Options(2, 3, 3, 2);

    public Options {
      Require.atLeast("k-positive", kPositive, 0.0);
      Require.atLeast("lambda-positive", lambdaPositive, 0.0);
      Require.atLeast("k-negative", kNegative, 0.0);
      Require.atLeast("lambda-negative", lambdaNegative, 0.0);
    }
  }

  @Override
  public boolean appliesWeights() {
    return true;
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio =
        Ratios.log(outputs.logprobs().stopGradient(), batch.oldLogprobs(), mask, 20); // [B, R]
    NDArray logWeight = Masked.rowSum(logRatio, mask); // [B, 1]
    Optional<NDArray> weights = batch.find(Column.WEIGHTS); // [B, R]
    if (weights.isPresent()) {
      logWeight = logWeight.add(weights.get().log().sum(new int[] {1}, true)); // [B, 1]
    }
    NDArray clamped = logRatio.zerosLike().add(logWeight.clip(LOG_LOWEST, LOG_HIGHEST)); // [B, R]
    NDArray phi =
        NDArrays.where(
            batch.advantages().gte(0),
            phi(clamped, options.kPositive, options.lambdaPositive),
            phi(clamped, options.kNegative, options.lambdaNegative)); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    return new TokenLosses(
        outputs.logprobs().mul(phi).mul(batch.advantages()).neg(), metrics); // [B, R]
  }

  private static NDArray phi(NDArray logWeight, double k, double lambda) {
    return mul(logWeight, k).sub(mul(logWeight.exp(), lambda)).add(lambda).exp(); // [B, R]
  }
}
