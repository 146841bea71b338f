package dev.kelpie.algorithms.preference;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** {@code log sigmoid(x) = -softplus(-x)}, stable for any x. */
public final class LogSigmoid {
  private LogSigmoid() {}

  /** The log-sigmoid of each number. */
  public static NDArray of(NDArray x) {
    return Activation.softPlus(x.neg()).neg();
  }

  /** The loss of logits whose label is wrong with probability e: -(1 - e) ls(x) - e ls(-x). */
  public static NDArray smoothed(double e, NDArray logits) {
    return mul(of(logits), 1 - e).add(mul(of(logits.neg()), e)).neg();
  }

  /** The sigmoid of each number. */
  public static NDArray sigmoid(NDArray x) {
    return x.getNDArrayInternal().sigmoid();
  }
}
