package dev.kelpie.algorithms.preference;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;

/**
 * The loss of each response with its implicit reward.
 *
 * @param values the losses [N, 1], differentiable by the batch's policy array
 * @param rewards beta times the log-ratio [N, 1], detached
 * @param metrics named {@code preference/...}
 */
public record ResponseValues(NDArray values, NDArray rewards, Metrics metrics) {
  /** With rewards {@code beta logRatio} of log-ratios [N, 1]. */
  public static ResponseValues of(NDArray values, double beta, NDArray logRatio) {
    NDArray rewards = mul(logRatio.stopGradient(), beta); // [N, 1]
    Metrics metrics = new Metrics().mean("preference/reward", rewards, rewards.onesLike());
    return new ResponseValues(values, rewards, metrics);
  }
}
