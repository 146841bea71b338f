package dev.kelpie.algorithms.loss.value;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import java.util.function.UnaryOperator;

/** The clipping that value losses share. */
final class ClippedValue {
  private ClippedValue() {}

  /**
   * The larger of the {@code penalty} of the error and of that of the clipped value.
   *
   * @param values [B, R], the leaf
   * @param clip how far the value may move from its old one; 0 is no limit
   * @param penalty of an error [B, R], growing with its size
   */
  static TokenLosses evaluate(
      NDArray values, TokenBatch batch, double clip, UnaryOperator<NDArray> penalty) {
    Metrics metrics = new Metrics();
    NDArray plain = penalty.apply(values.sub(batch.returns())); // [B, R]
    if (clip == 0) {
      metrics.mean("value/clip_frac", batch.mask().zerosLike(), batch.mask());
      return new TokenLosses(plain, metrics);
    }
    NDArray oldValues = batch.oldValues(); // [B, R]
    NDArray moved = values.maximum(oldValues.sub(clip)).minimum(oldValues.add(clip)); // [B, R]
    NDArray clipped = penalty.apply(moved.sub(batch.returns())); // [B, R]
    metrics.share("value/clip_frac", clipped.stopGradient().gt(plain.stopGradient()), batch.mask());
    return new TokenLosses(plain.maximum(clipped), metrics); // [B, R]
  }
}
