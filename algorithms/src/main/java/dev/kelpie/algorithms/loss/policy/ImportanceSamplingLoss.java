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
  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray logRatio = Ratios.policyToOld(outputs, batch, 0); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, batch.mask());
    return new TokenLosses(logRatio.exp().mul(batch.advantages()).neg(), metrics); // [B, R]
  }
}
