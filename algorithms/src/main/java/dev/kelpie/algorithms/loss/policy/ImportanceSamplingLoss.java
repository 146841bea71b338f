package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;

/**
 * The unclipped surrogate {@code -A r} with {@code r = exp(policy - old)}.
 *
 * <p>Kakade and Langford 2002; Schulman et al. 2017, https://arxiv.org/abs/1707.06347, eq. 6.
 */
public final class ImportanceSamplingLoss implements PolicyLoss {
  /** No options. */
  public record Options() {
    public static final Options DEFAULTS = new Options();
  }

  public ImportanceSamplingLoss(Options options) {}

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray logRatio =
        Ratios.log(outputs.logprobs(), batch.oldLogprobs(), batch.mask(), 0); // [B, R]
    Metrics metrics = new Metrics();
    Ratios.approximateKl(metrics, logRatio, batch.mask());
    return new TokenLosses(logRatio.exp().mul(batch.advantages()).neg(), metrics); // [B, R]
  }
}
