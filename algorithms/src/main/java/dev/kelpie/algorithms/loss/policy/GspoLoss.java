package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.RatioLevel;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;

/**
 * GSPO: the clipped surrogate of a response's ratio, {@code s = exp(mean(policy - old))}, its
 * geometric mean per token. The gradient flows through s to all tokens of the response.
 *
 * <p>Zheng et al. 2025, https://arxiv.org/abs/2507.18071, eqs. 5 and 7. The ranges are of the order
 * of 1e-4; the aggregation belongs to be seq-mean-token-mean.
 */
public final class GspoLoss implements PolicyLoss {
  public record Options(
      @Doc("lower distance of the ratio's range from 1") double clipLow,
      @Doc("upper distance of the ratio's range from 1") double clipHigh,
      @Doc("for negative advantages the loss is at most -dualClip A; 0 is none") double dualClip,
      @Doc("largest ratio of the unclipped branch; 0 is none") double ratioCap,
      @Doc("token log-ratios are clamped to +- this; 0 is none") double logRatioClamp,
      @Doc("sequence; for ratios of tokens take ppo-clip") RatioLevel ratioLevel,
      @Doc("token, or sequence-mean: the row's mean advantage (AReaL)")
          PpoClipLoss.Advantage advantage) {
    public static final Options DEFAULTS =
        new Options(3e-4, 4e-4, 0, 0, 0, RatioLevel.SEQUENCE, PpoClipLoss.Advantage.TOKEN);
  }

  private final Options options;
  private final ClippedSurrogate surrogate;

  public GspoLoss(Options options) {
    this.options = options;
    this.surrogate =
        new ClippedSurrogate(options.clipLow, options.clipHigh, options.dualClip, options.ratioCap);
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.policyToOld(outputs, batch, options.logRatioClamp); // [B, R]
    NDArray ratio = Ratios.sequence(logRatio, mask).exp(); // [B, R]
    NDArray advantages = options.advantage.of(batch); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    return new TokenLosses(surrogate.evaluate(ratio, advantages, mask, metrics), metrics);
  }
}
