package dev.kelpie.learner.rows;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.experience.PerToken;
import dev.kelpie.tensors.TensorScope;
import java.util.Arrays;
import java.util.List;

/** The known numbers of a microbatch's responses as tensors. */
final class RowTensors {
  private RowTensors() {}

  /**
   * The fixed numbers of a microbatch [B, R]. Rows that have no old log-probabilities take those of
   * the forward pass: {@code detached} [B, R].
   */
  static TokenBatch tokens(StepRows rows, Microbatch batch, NDArray detached, TensorScope scope) {
    List<Integer> indices = batch.rows();
    int width = batch.sequences().width();
    TokenBatch tokens = TokenBatch.of(mask(rows, indices, width, scope));
    for (Column column : rows.columns()) {
      boolean complete = indices.stream().allMatch(i -> rows.find(column, i) != null);
      if (complete) {
        tokens = tokens.with(column, padded(rows, column, indices, width, scope));
      }
    }
    if (tokens.find(Column.OLD_LOGPROBS).isEmpty()) {
      NDArray known = padded(rows, Column.OLD_LOGPROBS, indices, width, scope); // [B, R]
      NDArray missing = missing(rows, Column.OLD_LOGPROBS, indices, scope); // [B, 1]
      tokens = tokens.with(Column.OLD_LOGPROBS, known.add(detached.mul(missing)));
    }
    if (rows.optimalValues().isPresent() && indices.stream().noneMatch(rows::isBeside)) {
      double[] all = rows.optimalValues().get();
      tokens = tokens.withOptimalValues(indices.stream().mapToDouble(i -> all[i]).toArray());
    }
    return tokens
        .withGroups(indices.stream().mapToInt(i -> rows.row(i).group()).toArray())
        .withScores(indices.stream().mapToDouble(i -> rows.row(i).scored().reward()).toArray());
  }

  private static NDArray mask(StepRows rows, List<Integer> indices, int width, TensorScope scope) {
    float[] mask = new float[indices.size() * width];
    for (int b = 0; b < indices.size(); b++) {
      int length = rows.row(indices.get(b)).length();
      Arrays.fill(mask, b * width, b * width + length, 1f);
    }
    return scope.floats(mask, indices.size(), width); // [B, R]
  }

  private static NDArray padded(
      StepRows rows, Column column, List<Integer> indices, int width, TensorScope scope) {
    float[] numbers = new float[indices.size() * width];
    for (int b = 0; b < indices.size(); b++) {
      PerToken row = rows.find(column, indices.get(b));
      if (row != null) {
        row.copyTo(numbers, b * width);
      }
    }
    return scope.floats(numbers, indices.size(), width); // [B, R]
  }

  private static NDArray missing(
      StepRows rows, Column column, List<Integer> indices, TensorScope scope) {
    float[] missing = new float[indices.size()];
    for (int b = 0; b < missing.length; b++) {
      missing[b] = rows.find(column, indices.get(b)) == null ? 1 : 0;
    }
    return scope.floats(missing, missing.length, 1); // [B, 1]
  }

  /** Stores the rows of {@code array} [B, R] that {@code column} does not have yet. */
  static void putMissing(StepRows rows, Column column, Microbatch batch, NDArray array) {
    if (batch.rows().stream().allMatch(i -> rows.find(column, i) != null)) {
      return;
    }
    float[] all = array.toFloatArray();
    int width = batch.sequences().width();
    for (int b = 0; b < batch.rows().size(); b++) {
      int index = batch.rows().get(b);
      if (rows.find(column, index) == null) {
        int to = b * width + rows.row(index).length();
        rows.put(column, index, PerToken.of(Arrays.copyOfRange(all, b * width, to)));
      }
    }
  }
}
