package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.tensors.TrainingScope;
import java.util.Arrays;
import java.util.Map;

/** The inputs of a case as arrays of float64 in a scope, and back. */
final class CaseArrays {
  private static final Map<String, Column> COLUMNS =
      Map.of(
          "old-logprobs", Column.OLD_LOGPROBS,
          "rollout-logprobs", Column.ROLLOUT_LOGPROBS,
          "ref-logprobs", Column.REFERENCE_LOGPROBS,
          "advantages", Column.ADVANTAGES,
          "returns", Column.RETURNS,
          "old-values", Column.OLD_VALUES,
          "weights", Column.WEIGHTS);

  private final ConformanceCase conformanceCase;
  private final TrainingScope scope;

  CaseArrays(ConformanceCase conformanceCase, TrainingScope scope) {
    this.conformanceCase = conformanceCase;
    this.scope = scope;
  }

  NDArray array(String name) {
    return scope.manager().create(conformanceCase.matrix(name)); // [B, R]
  }

  NDArray leaf(String name) {
    return scope.leaf(array(name)); // [B, R]
  }

  /** The batch of all inputs; without a mask every token of {@code like} counts. */
  TokenBatch batch(NDArray like) {
    NDArray mask = conformanceCase.has("mask") ? array("mask") : like.onesLike(); // [B, R]
    TokenBatch batch = TokenBatch.of(mask);
    for (Map.Entry<String, Column> column : COLUMNS.entrySet()) {
      if (conformanceCase.has(column.getKey())) {
        batch = batch.with(column.getValue(), array(column.getKey()));
      }
    }
    if (conformanceCase.has("scores")) {
      batch = batch.withScores(conformanceCase.vector("scores"));
    }
    if (conformanceCase.has("optimal-values")) {
      batch =
          batch
              .withScores(conformanceCase.vector("rewards"))
              .withOptimalValues(conformanceCase.vector("optimal-values"));
    }
    return batch.withGroups(conformanceCase.groups(batch.rows()));
  }

  Denominators count(TokenBatch batch) {
    double[][] mask = matrix(batch.mask());
    double[] lengths = Arrays.stream(mask).mapToDouble(row -> Arrays.stream(row).sum()).toArray();
    return Denominators.count(lengths, conformanceCase.groups(lengths.length));
  }

  static double[][] matrix(NDArray array) {
    int rows = (int) array.getShape().get(0);
    int columns = (int) array.getShape().get(1);
    double[] flat = array.toType(DataType.FLOAT64, false).toDoubleArray();
    double[][] matrix = new double[rows][];
    for (int b = 0; b < rows; b++) {
      matrix[b] = Arrays.copyOfRange(flat, b * columns, (b + 1) * columns);
    }
    return matrix;
  }

  /** The same, or the flat list if the case gave {@code input} as one. */
  Object shapedAs(String input, NDArray array) {
    boolean flat = !conformanceCase.inputs().path(input).path(0).isArray();
    return flat ? array.toType(DataType.FLOAT64, false).toDoubleArray() : matrix(array);
  }
}
