package dev.kelpie.algorithms.loss.value;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;

/** A regression of values to returns, per token. */
public interface ValueLoss {
  /**
   * The loss of each token, to be minimised.
   *
   * @param values the value function's output [B, R]; column t is the state before token t
   * @param batch with returns, and old values if the loss clips
   * @return losses [B, R], differentiable by {@code values}, and metrics named {@code value/...}
   */
  TokenLosses evaluate(NDArray values, TokenBatch batch);
}
