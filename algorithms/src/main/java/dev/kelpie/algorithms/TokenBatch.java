package dev.kelpie.algorithms;

import ai.djl.ndarray.NDArray;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.Require;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The fixed per-token numbers of a microbatch: everything a loss reads except the policy's own
 * outputs. All arrays are [B, R] in one dtype, finite everywhere, padded with 0; none carries a
 * gradient. The batch does not close them. Immutable.
 */
public final class TokenBatch {
  /** The arrays a batch can hold beside its mask. */
  public enum Column {
    /** Of the policy that the ratio is taken to, recomputed by the learner. */
    OLD_LOGPROBS,
    /** Of the policy that drew the tokens, as the rollout engine reported them. */
    ROLLOUT_LOGPROBS,
    /** Of the reference policy. */
    REFERENCE_LOGPROBS,
    ADVANTAGES,
    /** Targets of the value function. */
    RETURNS,
    /** The value function's output before the step. */
    OLD_VALUES,
    /** Factors of the token losses, applied before any KL term. */
    WEIGHTS,
    /** Factors of the KL of the tokens. */
    KL_WEIGHTS
  }

  private final NDArray mask;
  private final int[] groups;
  private final double[] scores;
  private final double[] optimalValues;
  private final Map<Column, NDArray> columns;

  private TokenBatch(
      NDArray mask,
      int[] groups,
      double[] scores,
      double[] optimalValues,
      Map<Column, NDArray> columns) {
    this.mask = mask;
    this.groups = groups;
    this.scores = scores;
    this.optimalValues = optimalValues;
    this.columns = columns;
  }

  /** A batch of {@code mask} [B, R] alone: 1 on tokens the policy produced, else 0. */
  public static TokenBatch of(NDArray mask) {
    Require.that(
        mask.getShape().dimension() == 2,
        "mask: %s (expected: [B, R], one row for each response)",
        mask.getShape());
    return new TokenBatch(
        mask, new int[0], new double[0], new double[0], new EnumMap<>(Column.class));
  }

  /** The same with {@code array} [B, R] as {@code column}. */
  public TokenBatch with(Column column, NDArray array) {
    Require.that(
        array.getShape().equals(mask.getShape()),
        "%s: %s (expected: %s, the shape of the mask)",
        KebabCase.of(column),
        array.getShape(),
        mask.getShape());
    Require.that(
        array.getDataType() == mask.getDataType(),
        "%s: %s (expected: %s, the dtype of the mask)",
        KebabCase.of(column),
        array.getDataType(),
        mask.getDataType());
    Map<Column, NDArray> more = new EnumMap<>(columns);
    more.put(column, array);
    return new TokenBatch(mask, groups, scores, optimalValues, more);
  }

  /** The same with the index of each row's group, as counted in the step's denominators. */
  public TokenBatch withGroups(int... rowGroups) {
    checkRows("groups", rowGroups.length);
    return new TokenBatch(mask, rowGroups.clone(), scores, optimalValues, columns);
  }

  /** The same with the scalar reward of each row. */
  public TokenBatch withScores(double... rowScores) {
    checkRows("scores", rowScores.length);
    return new TokenBatch(mask, groups, rowScores.clone(), optimalValues, columns);
  }

  /** The same with the optimal value of each row's prompt. */
  public TokenBatch withOptimalValues(double... values) {
    checkRows("optimal-values", values.length);
    return new TokenBatch(mask, groups, scores, values.clone(), columns);
  }

  private void checkRows(String name, int length) {
    Require.that(
        length == rows(), "%s: %s (expected: one for each of %s rows)", name, length, rows());
  }

  /** Number of rows, B. */
  public int rows() {
    return (int) mask.getShape().get(0);
  }

  /** The response mask [B, R]. */
  public NDArray mask() {
    return mask;
  }

  /** The array of {@code column}, if the batch has it. */
  public Optional<NDArray> find(Column column) {
    return Optional.ofNullable(columns.get(column));
  }

  /** The array of {@code column} [B, R]; throws if the batch does not have it. */
  public NDArray get(Column column) {
    return find(column).orElseThrow(() -> missing(KebabCase.of(column)));
  }

  public NDArray oldLogprobs() {
    return get(Column.OLD_LOGPROBS);
  }

  public NDArray rolloutLogprobs() {
    return get(Column.ROLLOUT_LOGPROBS);
  }

  public NDArray referenceLogprobs() {
    return get(Column.REFERENCE_LOGPROBS);
  }

  public NDArray advantages() {
    return get(Column.ADVANTAGES);
  }

  public NDArray returns() {
    return get(Column.RETURNS);
  }

  public NDArray oldValues() {
    return get(Column.OLD_VALUES);
  }

  /** The group index of {@code row}. */
  public int group(int row) {
    if (groups.length == 0) {
      throw missing("groups");
    }
    return groups[row];
  }

  /** The scalar reward of each row as [B, 1]. */
  public NDArray scores() {
    return rowNumbers("scores", scores);
  }

  /** The optimal value of each row's prompt as [B, 1]. */
  public NDArray optimalValues() {
    return rowNumbers("optimal-values", optimalValues);
  }

  private NDArray rowNumbers(String name, double[] numbers) {
    if (numbers.length == 0) {
      throw missing(name);
    }
    return column(numbers);
  }

  private static IllegalStateException missing(String name) {
    return new IllegalStateException("the loss needs " + name + ", which the batch does not have");
  }

  /** One number for each row as an array [B, 1] of the batch's dtype and manager. */
  public NDArray column(double[] rowNumbers) {
    checkRows("row numbers", rowNumbers.length);
    return mask.getManager()
        .create(rowNumbers)
        .reshape(rows(), 1)
        .toType(mask.getDataType(), false); // [B, 1]
  }
}
