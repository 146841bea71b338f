package dev.kelpie.tensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;

/** Owner of tensors: they live until the scope closes. */
public sealed interface TensorScope extends AutoCloseable permits InferenceScope, TrainingScope {
  /** The manager that owns this scope's tensors. */
  NDManager manager();

  /**
   * A tensor over the memory of {@code bytes} (all of it, whatever its position), without a copy.
   *
   * @param bytes direct, in native byte order, of exactly the tensor's size. The tensor keeps it
   *     alive, a view of the tensor does not
   */
  default NDArray wrap(ByteBuffer bytes, DataType type, long... shape) {
    Shape dimensions = new Shape(shape);
    long expected = dimensions.size() * type.getNumOfBytes();
    if (!bytes.isDirect() || bytes.capacity() != expected) {
      throw new IllegalArgumentException(
          String.format(
              "bytes: %s%d bytes (expected: a direct buffer of %d bytes for %s %s)",
              bytes.isDirect() ? "" : "heap buffer of ",
              bytes.capacity(),
              expected,
              type,
              dimensions));
    }
    return manager().create(bytes.duplicate().clear().order(bytes.order()), dimensions, type);
  }

  /** A tensor of 64-bit integers, such as token ids. */
  default NDArray longs(long[] values, long... shape) {
    return manager().create(values, new Shape(shape));
  }

  /** A tensor of 32-bit floats. */
  default NDArray floats(float[] values, long... shape) {
    return manager().create(values, new Shape(shape));
  }

  /** From now on nothing may be added to this scope; an attempt throws where it happens. */
  default void cap() {
    manager().cap();
  }

  @Override
  void close();
}
