package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;

/** The covariance of advantage and log-probability that drives entropy down. */
final class Covariances {
  private Covariances() {}

  /** {@code (A - mean A)(log pi - mean log pi)} of each token over the microbatch [B, R]. */
  static NDArray of(NDArray policyLogprobs, NDArray advantages, NDArray mask) {
    NDArray detached = policyLogprobs.stopGradient(); // [B, R]
    return advantages
        .sub(Masked.mean(advantages, mask))
        .mul(detached.sub(Masked.mean(detached, mask))); // [B, R]
  }

  /** Number of tokens in a share of the valid ones; at least 1. */
  static int count(double share, NDArray mask) {
    return Math.max(1, (int) (share * Masked.number(mask.sum())));
  }
}
