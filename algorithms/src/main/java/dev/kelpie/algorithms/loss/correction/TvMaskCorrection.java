package dev.kelpie.algorithms.loss.correction;

import static dev.kelpie.tensors.Scalars.minimum;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Truncated weights {@code min(w, high)} with {@code w = exp(old - rollout)}; in responses whose
 * mean {@code |w - 1|} exceeds {@code mask-high}, tokens that the advantage would push further away
 * from the rollout policy are dropped, {@code sign(old - rollout) A > 0}.
 */
public record TvMaskCorrection(Options options) implements Correction {
  public record Options(
      @Doc("largest mean distance of a response's ratios from 1 that is kept whole")
          double maskHigh,
      @Doc("upper bound of the weights") double high,
      @Doc("log-ratios are clamped to +- this; 0 is none") double logRatioClamp) {
    public static final Options DEFAULTS = new Options(0.1, 2, 0);

    public Options {
      Require.positive("mask-high", maskHigh);
      Require.positive("high", high);
      Require.atLeast("log-ratio-clamp", logRatioClamp, 0);
    }
  }

  @Override
  public OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.oldToRollout(batch, options.logRatioClamp); // [B, R]
    NDArray w = logRatio.exp(); // [B, R]
    NDArray far = Ratios.sequence(w.sub(1).abs(), mask).gt(options.maskHigh); // [B, R]
    NDArray away = logRatio.sign().mul(batch.advantages()).gt(0); // [B, R]
    NDArray kept = mask.mul(Masked.indicator(far.logicalAnd(away).logicalNot(), mask)); // [B, R]
    Metrics metrics = new Metrics().mean("mismatch/masked_fraction", mask.sub(kept), mask);
    return new OffPolicyWeights(minimum(w, options.high).mul(kept), kept, metrics);
  }
}
