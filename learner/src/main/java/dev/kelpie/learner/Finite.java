package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.learner.rows.Microbatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/** Refuses losses and gradients that are not finite, and names their samples. */
final class Finite {
  private Finite() {}

  /**
   * Throws unless {@code loss} and all {@code gradients} [B, R] are finite.
   *
   * @param names the name of a row of the microbatch
   */
  static void require(
      String name,
      double loss,
      List<NDArray> gradients,
      Microbatch batch,
      IntFunction<Object> names) {
    double sum = loss;
    for (NDArray gradient : gradients) {
      sum += gradient.sum().getFloat();
    }
    if (Double.isFinite(sum)) {
      return;
    }
    List<Object> culprits = new ArrayList<>();
    int width = batch.sequences().width();
    for (int b = 0; b < batch.rows().size(); b++) {
      if (!finite(gradients, b * width, width)) {
        culprits.add(names.apply(batch.rows().get(b)));
      }
    }
    if (culprits.isEmpty()) {
      batch.rows().forEach(row -> culprits.add(names.apply(row)));
    }
    throw new NonFiniteException(
        String.format(
            Locale.ROOT, "%s: %s (expected: finite), trajectories %s", name, loss, culprits));
  }

  private static boolean finite(List<NDArray> gradients, int from, int width) {
    for (NDArray gradient : gradients) {
      float[] numbers = gradient.toFloatArray();
      for (int i = from; i < from + width; i++) {
        if (!Float.isFinite(numbers[i])) {
          return false;
        }
      }
    }
    return true;
  }
}
