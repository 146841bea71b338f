package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

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
 * KL-Cov: the plain ratio surrogate {@code -A r}, plus {@code klCoef |policy - old|} on the tokens
 * of highest covariance between advantage and log-probability.
 *
 * <p>Cui et al. 2025, https://arxiv.org/abs/2505.22617, section 4. The covariance is taken over the
 * microbatch.
 */
public record KlCovLoss(Options options) implements PolicyLoss {
  /** The number whose mean is {@code policy/approx_kl}. */
  public enum ApproxKl {
    /** old - policy. */
    CLAMPED,
    /** |old - policy|, as verl reports for this loss. */
    ABSOLUTE
  }

  public record Options(
      @Doc("share of all tokens that is penalised, at least one token") double covRatio,
      @Doc("factor of the penalty") double klCoef,
      @Doc("number whose mean is policy/approx_kl") ApproxKl approxKl) {
    public static final Options DEFAULTS = new Options(2e-4, 1, ApproxKl.CLAMPED);

    public Options {
      Require.within("cov-ratio", covRatio, 0, 1);
      Require.atLeast("kl-coef", klCoef, 0.0);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray advantages = batch.advantages(); // [B, R]
    NDArray logRatio = Ratios.policyToOld(outputs, batch, 0); // [B, R]
    NDArray distance = logRatio.abs(); // [B, R]
    Metrics metrics =
        Ratios.approximateKl(
            options.approxKl == ApproxKl.ABSOLUTE ? distance.neg() : logRatio, mask);
    NDArray covariance = Covariances.of(outputs.logprobs(), advantages, mask); // [B, R]
    double[] sorted = Masked.numbers(covariance, mask);
    int count = Math.min(sorted.length, Covariances.count(options.covRatio, mask));
    double threshold = count == 0 ? Double.MAX_VALUE : sorted[sorted.length - count];
    NDArray highest = Masked.indicator(covariance.gte(threshold), mask); // [B, R]
    NDArray penalty = mul(distance.mul(highest), options.klCoef); // [B, R]
    return new TokenLosses(logRatio.exp().mul(advantages).neg().add(penalty), metrics); // [B, R]
  }
}
