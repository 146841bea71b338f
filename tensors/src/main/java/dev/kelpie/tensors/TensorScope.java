package dev.kelpie.tensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Owner of tensors: they live until the scope closes. */
public sealed interface TensorScope extends AutoCloseable permits InferenceScope, TrainingScope {
  /** The manager that owns this scope's tensors. */
  NDManager manager();

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
