package dev.kelpie.algorithms.loss.correction;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Drops tokens, or whole responses, on which two policies disagree: a divergence of {@code w =
 * exp(old - rollout)} is compared with bounds; what stays has weight 1.
 *
 * <p>verl's rejection sampling (rollout_corr_helper). k1 = -log w is kept in [log low, log high];
 * k2 = (log w)^2 / 2 and k3 = w - 1 - log w are kept up to high.
 */
public record RejectionCorrection(Options options) implements Correction {
  /** The level at which the divergence is compared with the bounds. */
  public enum Level {
    TOKEN,
    SEQ_SUM,
    SEQ_MEAN,
    SEQ_MAX
  }

  /** The divergence of a token. */
  public enum Estimator {
    K1,
    K2,
    K3
  }

  public record Options(
      @Doc("token, or a reduction over the response") Level level,
      @Doc("the divergence") Estimator estimator,
      @Doc("lower bound of the ratio, for k1") double low,
      @Doc("upper bound: of the ratio for k1, of the divergence for k2 and k3") double high,
      @Doc("log-ratios are clamped to +- this; 0 is none") double logRatioClamp) {
    public static final Options DEFAULTS = new Options(Level.TOKEN, Estimator.K1, 0.5, 2, 0);

    public Options {
      Require.positive("high", high);
      Require.that(
          estimator != Estimator.K1 || (low > 0 && low < high),
          "low: %s (expected: in (0, high = %s))",
          low,
          high);
    }
  }

  @Override
  public OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.oldToRollout(batch, options.logRatioClamp); // [B, R]
    NDArray divergence = reduced(divergence(logRatio), mask); // [B, R] or [B, 1]
    NDArray inside =
        options.estimator == Estimator.K1
            ? divergence
                .gte(Math.log(options.low))
                .logicalAnd(divergence.lte(Math.log(options.high)))
            : divergence.lte(options.high);
    NDArray kept = mask.mul(Masked.indicator(inside, mask)); // [B, R]
    Metrics metrics = new Metrics().mean("mismatch/masked_fraction", mask.sub(kept), mask);
    return new OffPolicyWeights(kept, kept, metrics);
  }

  private NDArray divergence(NDArray logRatio) {
    return switch (options.estimator) {
      case K1 -> logRatio.neg(); // [B, R]
      case K2 -> mul(logRatio.square(), 0.5); // [B, R]
      case K3 -> logRatio.exp().sub(1).sub(logRatio); // [B, R]
    };
  }

  private NDArray reduced(NDArray divergence, NDArray mask) {
    return switch (options.level) {
      case TOKEN -> divergence;
      case SEQ_SUM -> Masked.rowSum(divergence, mask); // [B, 1]
      case SEQ_MEAN -> Masked.rowMean(divergence, mask); // [B, 1]
      case SEQ_MAX -> Masked.rowMax(divergence, mask); // [B, 1]
    };
  }
}
