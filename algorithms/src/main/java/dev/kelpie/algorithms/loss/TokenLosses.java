package dev.kelpie.algorithms.loss;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;

/**
 * The loss of every token, before it is aggregated.
 *
 * @param values [B, R], differentiable by the outputs; where the mask is 0 it is finite and ignored
 * @param metrics numbers measured on the way
 */
public record TokenLosses(NDArray values, Metrics metrics) {}
