package dev.kelpie.algorithms.loss.correction;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch;

/**
 * Weights that correct for tokens drawn by another policy than the one the ratio is taken to: a
 * stale version, or the same weights in an engine of other precision.
 */
public interface Correction {
  /**
   * The weights of a microbatch.
   *
   * @param policyLogprobs the current policy's [B, R]; nothing is differentiated
   * @param batch with old and rollout log-probabilities
   */
  OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch);
}
