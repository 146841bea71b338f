package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What is known about each response of a batch. The arrays are [N, 1] and detached.
 *
 * @param desirable 1 for a response to learn, 0 for one to avoid
 * @param target what a regression moves the response to; its meaning is the loss's
 * @param weight factor of the response's loss
 * @param groups index of the group of each response; rows of a group lie together
 */
public record ResponseLabels(
    NDArray desirable, NDArray target, NDArray weight, List<Integer> groups) {
  public ResponseLabels {
    for (NDArray other : new NDArray[] {target, weight}) {
      Require.that(
          other.getShape().equals(desirable.getShape()),
          "label: %s (expected: %s, one number for each response)",
          other.getShape(),
          desirable.getShape());
    }
    groups = List.copyOf(groups);
  }

  /** Labels of responses whose groups do not matter. */
  public ResponseLabels(NDArray desirable, NDArray target, NDArray weight) {
    this(desirable, target, weight, List.of());
  }

  /** Desirable responses of weight 1, with target 0, in the shape [N, 1] of {@code like}. */
  public static ResponseLabels desirable(NDArray like) {
    return new ResponseLabels(like.onesLike(), like.zerosLike(), like.onesLike());
  }

  /** The same, with {@code desirable} [N, 1]. */
  public ResponseLabels withDesirable(NDArray other) {
    return new ResponseLabels(other, target, weight, groups);
  }

  /** The same, with {@code target} [N, 1]. */
  public ResponseLabels withTarget(NDArray other) {
    return new ResponseLabels(desirable, other, weight, groups);
  }

  /** The same, with {@code weight} [N, 1]. */
  public ResponseLabels withWeight(NDArray other) {
    return new ResponseLabels(desirable, target, other, groups);
  }

  /** The same, with the group of each row. */
  public ResponseLabels withGroups(int... others) {
    Require.that(
        others.length == desirable.getShape().get(0),
        "groups: %s (expected: one for each of %s rows)",
        others.length,
        desirable.getShape().get(0));
    return new ResponseLabels(desirable, target, weight, IntStream.of(others).boxed().toList());
  }
}
