package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * REINFORCE with the importance ratio to the rollout policy, zero outside of a range: {@code -sg(q
 * 1[1 - low < q < 1 + high]) A log pi} with {@code q = exp(policy - rollout)}.
 *
 * <p>IcePop's masking (https://arxiv.org/abs/2510.18855) on the ratio of the current policy, as
 * SkyRL has it.
 */
public record RolloutIsLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("lower distance of the range from 1") double clipLow,
      @Doc("upper distance of the range from 1") double clipHigh,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp) {
    public static final Options DEFAULTS = new Options(0.2, 0.2, 0);

    public Options {
      Require.atLeast("clip-low", clipLow, 0.0);
      Require.atLeast("clip-high", clipHigh, 0.0);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio =
        Ratios.log(
            outputs.logprobs().stopGradient(),
            batch.rolloutLogprobs(),
            mask,
            options.logRatioClamp); // [B, R]
    NDArray ratio = logRatio.exp(); // [B, R]
    NDArray inside =
        ratio.gt(1 - options.clipLow).logicalAnd(ratio.lt(1 + options.clipHigh)); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    metrics.share("policy/clip_frac", inside.logicalNot(), mask);
    NDArray weight = ratio.mul(Masked.indicator(inside, mask)); // [B, R]
    return new TokenLosses(
        outputs.logprobs().mul(weight).mul(batch.advantages()).neg(), metrics); // [B, R]
  }
}
