package dev.kelpie.tensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Locale;

/** Checks the shapes of tensors. */
public final class Shapes {
  /** Matches a dimension of any size. */
  public static final long ANY = -1;

  private Shapes() {}

  /**
   * Throws unless {@code tensor} has the {@code expected} dimensions, {@link #ANY} matching all.
   *
   * @return the tensor
   */
  public static NDArray require(NDArray tensor, String name, long... expected) {
    long[] actual = tensor.getShape().getShape();
    boolean same = actual.length == expected.length;
    for (int i = 0; same && i < expected.length; i++) {
      same = expected[i] == ANY || expected[i] == actual[i];
    }
    if (!same) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: shape %s (expected: %s)",
              name,
              tensor.getShape(),
              new Shape(expected)));
    }
    return tensor;
  }
}
