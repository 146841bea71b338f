package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * TOPR: tapered off-policy REINFORCE. Responses with a positive score get {@code -A log pi}; the
 * others {@code -sg(clip(r, 0, 1)) A log pi}, so that bad responses stop mattering once they are
 * unlikely.
 *
 * <p>Le Roux et al. 2025, https://arxiv.org/abs/2503.14286.
 */
public record ToprLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("factor of responses with a positive score") double positiveWeight,
      @Doc("factor of the others") double negativeWeight) {
    public static final Options DEFAULTS = new Options(1, 1);

    public Options {
      Require.atLeast("positive-weight", positiveWeight, 0.0);
      Require.atLeast("negative-weight", negativeWeight, 0.0);
    }
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray logRatio = Ratios.policyToOld(outputs, batch, 0); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, batch.mask());
    NDArray tapered = logRatio.stopGradient().exp().clip(0, 1); // [B, R]
    NDArray positive = batch.scores().gt(0).logicalAnd(tapered.gte(0)); // [B, R]
    NDArray weight =
        NDArrays.where(
            positive,
            mul(tapered.onesLike(), options.positiveWeight),
            mul(tapered, options.negativeWeight)); // [B, R]
    return new TokenLosses(
        outputs.logprobs().mul(weight).mul(batch.advantages()).neg(), metrics); // [B, R]
  }
}
