package dev.kelpie.algorithms.loss.correction;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;

/**
 * What a {@link Correction} says of each token. Detached.
 *
 * @param weights factor of the token's loss [B, R], 0 where the mask is
 * @param kept 1 on the tokens that still count, else 0 [B, R]
 * @param metrics what was measured on the way, named {@code mismatch/...}
 */
public record OffPolicyWeights(NDArray weights, NDArray kept, Metrics metrics) {}
