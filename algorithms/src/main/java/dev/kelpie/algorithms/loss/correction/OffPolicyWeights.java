package dev.kelpie.algorithms.loss.correction;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;

/**
 * Result of a {@link Correction} for each token. Detached.
 *
 * @param weights factor of the token's loss [B, R], 0 where the mask is 0
 * @param kept 1 on the tokens that still count, else 0 [B, R]
 * @param metrics numbers measured on the way, named {@code mismatch/...}
 */
public record OffPolicyWeights(NDArray weights, NDArray kept, Metrics metrics) {}
