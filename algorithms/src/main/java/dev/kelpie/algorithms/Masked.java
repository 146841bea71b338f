package dev.kelpie.algorithms;

import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.stream.IntStream;

/**
 * Reductions over the tokens whose mask is 1. Masks have the dtype of what they mask; the results
 * keep it. A masked-out number must be finite: it is multiplied by 0.
 */
public final class Masked {
  private Masked() {}

  /** Sum of {@code x} [B, R] where {@code mask} [B, R] is 1. */
  public static NDArray sum(NDArray x, NDArray mask) {
    return x.mul(mask).sum(); // []
  }

  /** Mean of {@code x} [B, R] where {@code mask} [B, R] is 1; 0 when no token counts. */
  public static NDArray mean(NDArray x, NDArray mask) {
    return sum(x, mask).div(maximum(mask.sum(), 1)); // []
  }

  /** Number of tokens of each row: [B, 1]. */
  public static NDArray lengths(NDArray mask) {
    return mask.sum(new int[] {1}, true); // [B, 1]
  }

  /** Sum of each row of {@code x} [B, R] over its tokens: [B, 1]. */
  public static NDArray rowSum(NDArray x, NDArray mask) {
    return x.mul(mask).sum(new int[] {1}, true); // [B, 1]
  }

  /** Mean of each row of {@code x} [B, R] over its tokens: [B, 1]; 0 for a row without tokens. */
  public static NDArray rowMean(NDArray x, NDArray mask) {
    return rowSum(x, mask).div(maximum(lengths(mask), 1)); // [B, 1]
  }

  /** Largest number of each row of {@code x} [B, R] over its tokens: [B, 1]. */
  public static NDArray rowMax(NDArray x, NDArray mask) {
    NDArray lowest = mul(mask.sub(1), 1e30); // [B, R]
    return x.mul(mask).add(lowest).max(new int[] {1}, true); // [B, 1]
  }

  /** Where the boolean {@code condition} holds 1, else 0, in the dtype of {@code like}. */
  public static NDArray indicator(NDArray condition, NDArray like) {
    return condition.toType(like.getDataType(), false);
  }

  /** The numbers of {@code x} [B, R] where {@code mask} [B, R] is 1, in ascending order. */
  public static double[] numbers(NDArray x, NDArray mask) {
    double[] all = x.toType(DataType.FLOAT64, false).toDoubleArray();
    double[] counts = mask.toType(DataType.FLOAT64, false).toDoubleArray();
    return IntStream.range(0, all.length)
        .filter(i -> counts[i] != 0)
        .mapToDouble(i -> all[i])
        .sorted()
        .toArray();
  }

  /** The one number of {@code scalar} []. */
  public static double number(NDArray scalar) {
    return scalar.toType(DataType.FLOAT64, false).getDouble();
  }
}
