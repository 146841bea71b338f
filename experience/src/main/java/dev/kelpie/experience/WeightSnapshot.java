package dev.kelpie.experience;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;

/**
 * One version of a model's weights, readable in chunks so that it never needs a second dense copy.
 */
public interface WeightSnapshot {
  /** Name of the model: {@code policy}, {@code value}, {@code reference}. */
  String model();

  /** The version of these weights. */
  PolicyVersion version();

  /** The version they were trained from, if any. */
  OptionalLong parent();

  /** The tensors in order of their names. */
  List<Tensor> tensors();

  /**
   * Hands the bytes of one tensor, little-endian and row-major, to {@code sink} in chunks of at
   * most {@code chunkBytes}. A buffer is valid only during the call.
   */
  void read(Tensor tensor, int chunkBytes, ChunkSink sink);

  /** Takes consecutive chunks of a tensor. */
  @FunctionalInterface
  interface ChunkSink {
    /** Takes the bytes between position and limit of {@code chunk}. */
    void accept(ByteBuffer chunk);
  }

  /**
   * Name, type and shape of a tensor.
   *
   * @param dtype F32, BF16 or F16, as in safetensors
   */
  record Tensor(String name, String dtype, List<Long> shape) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long elements() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }

    /** Number of bytes. */
    public long bytes() {
      return elements() * (dtype.equals("F32") ? 4 : 2);
    }
  }
}
