package dev.kelpie.algorithms.loss.correction;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.config.Doc;

/**
 * Measures how far the rollout engine's numbers are from the learner's and corrects nothing: all
 * weights are 1. Per token {@code w = exp(old - rollout)}, per response its product p.
 *
 * <p>The names are verl's (rollout_corr_helper).
 */
public record MismatchDiagnostics(Options options) implements Correction {
  public record Options(
      @Doc("the logarithms in the chi^2 numbers are clamped to +- this; 0 is none")
          double logRatioClamp) {
    public static final Options DEFAULTS = new Options(20);
  }

  @Override
  public OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray old = batch.oldLogprobs(); // [B, R]
    NDArray rollout = batch.rolloutLogprobs(); // [B, R]
    NDArray logRatio = Ratios.log(old, rollout, mask, 0); // [B, R]
    NDArray filled = Masked.indicator(Masked.lengths(mask).gt(0), mask); // [B, 1]
    NDArray oldMean = Masked.rowMean(old, mask); // [B, 1]
    NDArray rolloutMean = Masked.rowMean(rollout, mask); // [B, 1]
    NDArray x = rolloutMean.sub(oldMean); // [B, 1]
    NDArray product = clamped(Masked.rowSum(logRatio, mask)).exp(); // [B, 1]
    Metrics metrics =
        new Metrics()
            .mean("mismatch/kl", logRatio.neg(), mask)
            .mean("mismatch/k3", logRatio.exp().sub(1).sub(logRatio), mask)
            .mean("mismatch/chi2_token", mul(clamped(logRatio), 2).exp().sub(1), mask)
            .mean("mismatch/chi2_sequence", product.square().sub(1), filled)
            .mean("mismatch/train_perplexity", oldMean.neg().exp(), filled)
            .mean("mismatch/rollout_perplexity", rolloutMean.neg().exp(), filled)
            .mean("mismatch/log_perplexity_diff", x, filled)
            .mean("mismatch/log_perplexity_abs_diff", x.abs(), filled)
            .mean("mismatch/perplexity_ratio", x.exp(), filled);
    return new OffPolicyWeights(mask, mask, metrics);
  }

  private NDArray clamped(NDArray x) {
    return options.logRatioClamp > 0 ? x.clip(-options.logRatioClamp, options.logRatioClamp) : x;
  }
}
