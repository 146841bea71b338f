package dev.kelpie.algorithms.preference;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;

/**
 * The loss of each pair with the implicit rewards of its responses.
 *
 * @param values the losses [N, 1], differentiable by the batch's policy arrays
 * @param chosenRewards beta times the chosen log-ratio [N, 1], detached
 * @param rejectedRewards beta times the rejected log-ratio [N, 1], detached
 * @param metrics named {@code preference/...}
 */
public record PairLosses(
    NDArray values, NDArray chosenRewards, NDArray rejectedRewards, Metrics metrics) {
  /** With rewards {@code beta chosen} and {@code beta rejected} of log-ratios [N, 1]. */
  public static PairLosses of(NDArray values, double beta, NDArray chosen, NDArray rejected) {
    NDArray chosenRewards = mul(chosen.stopGradient(), beta); // [N, 1]
    NDArray rejectedRewards = mul(rejected.stopGradient(), beta); // [N, 1]
    NDArray all = chosenRewards.onesLike(); // [N, 1]
    Metrics metrics =
        new Metrics()
            .share("preference/accuracy", chosenRewards.gt(rejectedRewards), all)
            .mean("preference/margin", chosenRewards.sub(rejectedRewards), all);
    return new PairLosses(values, chosenRewards, rejectedRewards, metrics);
  }
}
