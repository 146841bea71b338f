package dev.kelpie.algorithms.score;

import ai.djl.ndarray.NDArray;
import java.util.Set;
import java.util.function.Function;

/** A loss of a scalar reward model over pairs of responses. */
public interface ScoreLoss {
  /** The columns of the data that {@link #evaluate} asks for. */
  Set<String> columns();

  /**
   * The mean loss [] over N pairs.
   *
   * @param chosen rewards of the better responses [N, 1], a leaf
   * @param rejected rewards of the worse responses [N, 1], a leaf
   * @param column the numbers [N, 1] of a column of the data
   */
  NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> column);

  /** What is wrong with {@code value} of {@code column}, as an expectation; empty if nothing is. */
  default String expectation(String column, double value) {
    return Double.isFinite(value) ? "" : "a finite number";
  }
}
