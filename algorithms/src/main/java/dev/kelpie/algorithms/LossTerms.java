package dev.kelpie.algorithms;

import ai.djl.ndarray.NDArray;

/**
 * The loss of one microbatch.
 *
 * @param loss [], divided by the denominators of the whole optimiser step: microbatches add up
 * @param metrics plain numbers that merge over microbatches
 */
public record LossTerms(NDArray loss, Metrics metrics) {}
