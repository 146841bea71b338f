package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.config.Require;
import java.util.function.UnaryOperator;

/**
 * What is known about each pair of a batch beside its order. All arrays are [N, 1] and detached.
 *
 * @param probability that the chosen response is the better one, in [0, 1]
 * @param weight factor of the pair's loss
 * @param margin by which {@code beta h} should exceed 0; it is subtracted from it
 * @param chosenTarget what a regression moves the chosen response to
 * @param rejectedTarget what a regression moves the rejected response to
 */
public record PairLabels(
    NDArray probability,
    NDArray weight,
    NDArray margin,
    NDArray chosenTarget,
    NDArray rejectedTarget) {
  public PairLabels {
    for (NDArray other : new NDArray[] {weight, margin, chosenTarget, rejectedTarget}) {
      Require.that(
          other.getShape().equals(probability.getShape()),
          "label: %s (expected: %s, one number for each pair)",
          other.getShape(),
          probability.getShape());
    }
  }

  /** Certain labels of weight 1, without margin, with targets 0, in the shape of {@code like}. */
  public static PairLabels hard(NDArray like) {
    NDArray zero = like.zerosLike(); // [N, 1]
    return new PairLabels(like.onesLike(), like.onesLike(), zero, zero, zero);
  }

  /** The same with another probability [N, 1]. */
  public PairLabels withProbability(NDArray other) {
    return new PairLabels(other, weight, margin, chosenTarget, rejectedTarget);
  }

  /** The same with another weight [N, 1]. */
  public PairLabels withWeight(NDArray other) {
    return new PairLabels(probability, other, margin, chosenTarget, rejectedTarget);
  }

  /** The same with another margin [N, 1]. */
  public PairLabels withMargin(NDArray other) {
    return new PairLabels(probability, weight, other, chosenTarget, rejectedTarget);
  }

  /** The same with other targets [N, 1]. */
  public PairLabels withTargets(NDArray chosen, NDArray rejected) {
    return new PairLabels(probability, weight, margin, chosen, rejected);
  }

  /**
   * The expected loss under the labels, {@code p loss(x - m) + (1 - p) loss(m - x)}, without the
   * weight. Certain labels without margin give {@code loss(x)} bit for bit.
   *
   * @param logits x [N, 1], which the swap of a pair negates
   */
  NDArray expected(NDArray logits, UnaryOperator<NDArray> loss) {
    NDArray x = logits.sub(margin); // [N, 1]
    if (certain()) {
      return loss.apply(x); // a loss that is infinite for the other order has no say
    }
    NDArray other = probability.neg().add(1); // [N, 1]
    return loss.apply(x).mul(probability).add(loss.apply(x.neg()).mul(other)); // [N, 1]
  }

  /** Whether every label is certain. */
  public boolean certain() {
    return Masked.number(probability.neq(1).toType(weight.getDataType(), false).sum()) == 0;
  }

  /** Whether no pair has a margin. */
  public boolean withoutMargin() {
    return Masked.number(margin.abs().max()) == 0;
  }
}
