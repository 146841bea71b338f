package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.minimum;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;

/**
 * GSPO-token: the value of GSPO's response ratio s with the gradient of the token, {@code log s_t =
 * policy - sg(policy) + sg(log s)}, in the clipped surrogate.
 *
 * <p>Zheng et al. 2025, https://arxiv.org/abs/2507.18071, eqs. 13 and 14.
 */
public final class GspoTokenLoss implements PolicyLoss {
  public record Options(
      @Doc("lower distance of the ratio's range from 1") double clipLow,
      @Doc("upper distance of the ratio's range from 1") double clipHigh,
      @Doc("log s_t is at most this; 0 is no bound (10 in verl and SkyRL)") double logRatioMax,
      @Doc("token log-ratios are clamped to +- this; 0 is none") double logRatioClamp) {
    public static final Options DEFAULTS = new Options(3e-4, 4e-4, 0, 0);
  }

  private final Options options;
  private final ClippedSurrogate surrogate;

  public GspoTokenLoss(Options options) {
    this.options = options;
    this.surrogate = new ClippedSurrogate(options.clipLow, options.clipHigh, 0, 0);
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray policyLogprobs = outputs.logprobs(); // [B, R]
    NDArray logRatio = Ratios.policyToOld(outputs, batch, options.logRatioClamp); // [B, R]
    NDArray ofSequence = Ratios.sequence(logRatio, mask).stopGradient(); // [B, R]
    NDArray logToken = policyLogprobs.sub(policyLogprobs.stopGradient()).add(ofSequence); // [B, R]
    if (options.logRatioMax > 0) {
      logToken = minimum(logToken, options.logRatioMax); // [B, R]
    }
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    return new TokenLosses(
        surrogate.evaluate(logToken.exp(), batch.advantages(), mask, metrics), metrics);
  }
}
