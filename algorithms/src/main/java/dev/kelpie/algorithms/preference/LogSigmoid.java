package dev.kelpie.algorithms.preference;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** {@code log sigmoid(x) = -softplus(-x)}, stable for any x. */
final class LogSigmoid {
  private LogSigmoid() {}

  static NDArray of(NDArray x) {
    return Activation.softPlus(x.neg()).neg();
  }

  /** The loss of logits whose label is wrong with probability e: -(1 - e) ls(x) - e ls(-x). */
  static NDArray smoothed(double e, NDArray logits) {
    return mul(of(logits), 1 - e).add(mul(of(logits.neg()), e)).neg();
  }

  static NDArray sigmoid(NDArray x) {
    return x.getNDArrayInternal().sigmoid();
  }
}
