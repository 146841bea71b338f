package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** {@code log sigmoid(x) = -softplus(-x)}, stable for any x. */
final class LogSigmoid {
  private LogSigmoid() {}

  static NDArray of(NDArray x) {
    return Activation.softPlus(x.neg()).neg();
  }

  static NDArray sigmoid(NDArray x) {
    return x.getNDArrayInternal().sigmoid();
  }
}
