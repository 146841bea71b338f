package dev.kelpie.algorithms.loss;

import ai.djl.ndarray.NDArray;

/**
 * Weights that correct for tokens drawn by another policy than the one the ratio is taken to: a
 * stale version, or the same weights in an engine of other precision.
 */
public interface Correction {
  /** The weight of each token [B, R], detached, 0 where the mask is. */
  NDArray weights(TokenBatch batch);
}
