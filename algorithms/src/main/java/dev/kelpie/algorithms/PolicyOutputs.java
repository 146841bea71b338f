package dev.kelpie.algorithms;

import ai.djl.ndarray.NDArray;
import dev.kelpie.config.Require;

/**
 * The current policy's numbers for each response token. A policy loss is differentiated by them.
 *
 * @param logprobs log-probability of the taken token [B, R], log-softmax(logits / temperature)
 * @param entropy of the distribution the token was drawn from, in nats [B, R]
 */
public record PolicyOutputs(NDArray logprobs, NDArray entropy) {
  public PolicyOutputs {
    Require.that(
        logprobs.getShape().equals(entropy.getShape()),
        "entropy: %s (expected: %s, the shape of logprobs)",
        entropy.getShape(),
        logprobs.getShape());
  }
}
