package dev.kelpie.algorithms.loss;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;

/**
 * The loss of one microbatch.
 *
 * @param loss [], divided by the denominators of the whole optimiser step: microbatches add up
 * @param metrics plain numbers that merge over microbatches
 */
public record LossTerms(NDArray loss, Metrics metrics) {}
