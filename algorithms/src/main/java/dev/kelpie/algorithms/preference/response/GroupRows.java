package dev.kelpie.algorithms.preference.response;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.function.UnaryOperator;

/** The rows of each group of a batch, one after the other. */
final class GroupRows {
  private GroupRows() {}

  /**
   * The losses of all rows from those of each group.
   *
   * @param x a number for each row [N, 1]
   * @param loss from the numbers of a group [K, 1] to the losses of its rows [K, 1]
   * @return [N, 1]
   */
  static NDArray map(NDArray x, ResponseBatch batch, UnaryOperator<NDArray> loss) {
    List<Integer> groups = batch.labels().groups();
    Require.that(
        groups.size() == x.getShape().get(0),
        "groups: %s (expected: one for each of %s rows)",
        groups.size(),
        x.getShape().get(0));
    NDList parts = new NDList();
    int start = 0;
    for (int row = 1; row <= groups.size(); row++) {
      if (row == groups.size() || !groups.get(row).equals(groups.get(start))) {
        parts.add(loss.apply(x.get(start + ":" + row)));
        start = row;
      }
    }
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, 0); // [N, 1]
  }

  /** log(sum(exp(x))) over {@code axis}, which is kept. */
  static NDArray logSumExp(NDArray x, int axis) {
    NDArray largest = x.max(new int[] {axis}, true).stopGradient();
    return x.sub(largest).exp().sum(new int[] {axis}, true).log().add(largest);
  }
}
