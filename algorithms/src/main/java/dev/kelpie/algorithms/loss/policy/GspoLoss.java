package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.RatioLevel;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;

/**
 * GSPO: the clipped surrogate of a response's ratio, {@code s = exp(mean(policy - old))}, its
 * geometric mean per token. The gradient flows through s to all tokens of the response.
 *
 * <p>Zheng et al. 2025, https://arxiv.org/abs/2507.18071, eqs. 5 and 7. The ranges are of the order
 * of 1e-4; the aggregation belongs to be seq-mean-token-mean.
 */
public final class GspoLoss implements PolicyLoss {
  /**
   * Its options.
   *
   * @param clipLow lower distance of the ratio's range from 1
   * @param clipHigh upper distance of the ratio's range from 1
   * @param dualClip for negative advantages the loss is at most {@code -dualClip A}; 0 is none
   * @param ratioCap largest ratio of the unclipped branch; 0 is none
   * @param logRatioClamp token log-ratios are clamped to +- this; 0 is none
   * @param ratioLevel sequence; a ratio of tokens is {@link PpoClipLoss}
   * @param advantage token, or sequence-mean: the row's mean advantage (AReaL)
   */
  public record Options(
      double clipLow,
      double clipHigh,
      double dualClip,
      double ratioCap,
      double logRatioClamp,
      RatioLevel ratioLevel,
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
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio =
        Ratios.log(outputs.logprobs(), batch.oldLogprobs(), mask, options.logRatioClamp); // [B, R]
    NDArray ratio = Ratios.sequence(logRatio, mask).exp(); // [B, R]
    NDArray advantages = batch.advantages(); // [B, R]
    if (options.advantage == PpoClipLoss.Advantage.SEQUENCE_MEAN) {
      advantages = advantages.zerosLike().add(Masked.rowMean(advantages, mask)); // [B, R]
    }
    Metrics metrics = new Metrics();
    Ratios.approximateKl(metrics, logRatio, mask);
    return new TokenLosses(surrogate.evaluate(ratio, advantages, mask, metrics), metrics);
  }
}
