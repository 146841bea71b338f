package dev.kelpie.model;

import ai.djl.ndarray.NDArray;

/**
 * The distributions over the vocabulary at the response tokens of a batch, as the states and the
 * head that they follow from, so that they never exist as a whole.
 *
 * @param states [M, D], one for each response token of the batch
 * @param head [V, D]
 * @param cap logits z of the head become {@code cap tanh(z / cap)}; 0: no cap
 */
public record NextTokens(NDArray states, NDArray head, double cap) {}
