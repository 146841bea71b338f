package dev.kelpie.tensors;

import ai.djl.ndarray.NDArray;

/**
 * Arithmetic of an array and a number whose result a graph may keep, in place of {@link
 * NDArray#mul(Number)} and the like.
 *
 * <p>Those make the number an array over the memory of a Java buffer and close it as soon as the
 * result is there, which drops the only reference to the buffer. But autograd has saved that array
 * for the backward pass, and what native code saves keeps no Java buffer alive. If the garbage
 * collector runs before the backward pass, the number is read from freed memory, and the gradient
 * is wrong without an error. Here the number belongs to the manager of {@code x} and lives as long
 * as its other arrays, in a scope until that closes. Value and dtype are those of DJL, so results
 * have the same bits.
 *
 * <p>Sums, differences and comparisons with a number save nothing, and {@code clip} keeps its
 * bounds: these are safe as they are.
 */
public final class Scalars {
  private Scalars() {}

  /** {@code x n}. */
  public static NDArray mul(NDArray x, Number n) {
    return x.mul(kept(x, n));
  }

  /** {@code x / n}. */
  public static NDArray div(NDArray x, Number n) {
    return x.div(kept(x, n));
  }

  /** The larger of each of {@code x} and {@code n}; of equals each has half the gradient. */
  public static NDArray maximum(NDArray x, Number n) {
    return x.maximum(kept(x, n));
  }

  /** The smaller of each of {@code x} and {@code n}; of equals each has half the gradient. */
  public static NDArray minimum(NDArray x, Number n) {
    return x.minimum(kept(x, n));
  }

  private static NDArray kept(NDArray x, Number n) {
    return x.getManager().create(n); // []
  }
}
