package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.tensors.InferenceScope;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/** Reads the tensors of a snapshot into native memory, one at a time, as float32. */
final class WeightReader {
  private static final int CHUNK_BYTES = 4 << 20;

  private final WeightSnapshot weights;
  private final Map<String, WeightSnapshot.Tensor> tensors = new HashMap<>();

  private WeightReader(WeightSnapshot weights) {
    this.weights = weights;
    weights.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
  }

  /**
   * A reader of {@code weights}.
   *
   * @param expected the names and shapes there must be, no more and no less
   */
  static WeightReader checked(WeightSnapshot weights, SortedMap<String, List<Long>> expected) {
    WeightReader reader = new WeightReader(weights);
    for (Map.Entry<String, List<Long>> parameter : expected.entrySet()) {
      WeightSnapshot.Tensor tensor = reader.tensors.get(parameter.getKey());
      if (tensor == null) {
        throw reader.error(parameter.getKey() + ": missing", "shape " + parameter.getValue());
      }
      if (!tensor.shape().equals(parameter.getValue())) {
        throw reader.error(
            tensor.name() + ": shape " + tensor.shape(), parameter.getValue().toString());
      }
      Dtypes.require(tensor.dtype());
    }
    TreeSet<String> extra = new TreeSet<>(reader.tensors.keySet());
    extra.removeAll(expected.keySet());
    if (!extra.isEmpty()) {
      throw reader.error(extra.first() + ": a tensor", "none of that name");
    }
    return reader;
  }

  /** Whether there is a tensor called {@code name}. */
  boolean has(String name) {
    return tensors.containsKey(name);
  }

  /** A float32 copy of the tensor called {@code name}, owned by {@code scope}. */
  NDArray read(InferenceScope scope, String name) {
    WeightSnapshot.Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw error(name + ": missing", "a tensor");
    }
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    NDArray target = scope.manager().create(new Shape(shape), DataType.FLOAT32);
    ByteBuffer memory = target.toByteBuffer(true); // a view: what is put there is the tensor
    weights.read(
        tensor,
        CHUNK_BYTES,
        chunk -> memory.put(Dtypes.convert(chunk.duplicate(), tensor.dtype(), "F32")));
    if (memory.hasRemaining()) {
      throw error(
          name + ": " + memory.position() / 4 + " numbers", String.valueOf(tensor.elements()));
    }
    return target;
  }

  private IllegalArgumentException error(String found, String expected) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "%s (expected: %s), weights of %s %s",
            found,
            expected,
            weights.model(),
            weights.version()));
  }
}
