package dev.kelpie.model.merged;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.Dtypes;
import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The weights of a model with its adapter merged in: {@code W + s B A} for each projection that has
 * one, the adapter's own of a module that it was trained with in full, and the base's otherwise.
 * Computed tensor by tensor as they are read, in float32 in a fixed order, so that every machine
 * gets the same bits.
 */
public final class MergedWeights implements WeightSnapshot {
  private final WeightSnapshot base;
  private final WeightSnapshot adapter;
  private final boolean transposed;
  private final Map<String, Tensor> lower = new HashMap<>(); // A by parameter
  private final Map<String, Tensor> upper = new HashMap<>(); // B by parameter
  private final Map<String, Tensor> whole = new HashMap<>(); // by parameter
  private final List<Tensor> tensors;
  private final float scale;

  /**
   * The weights of {@code base} with {@code adapter}, which must hold its factor.
   *
   * @param transposed whether projections are stored [in, out]
   * @throws CheckpointException if the adapter does not belong to the base
   */
  public MergedWeights(WeightSnapshot base, WeightSnapshot adapter, boolean transposed) {
    this.base = base;
    this.adapter = adapter;
    this.transposed = transposed;
    Map<String, Tensor> byName = new HashMap<>();
    adapter.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
    Tensor factor = byName.remove(AdapterWeights.SCALE);
    byName.remove(AdapterWeights.BASE);
    if (factor == null) {
      throw CheckpointException.of(
          "%s %s: %s is missing (expected: the weights of an adapter)",
          adapter.model(), adapter.version(), AdapterWeights.SCALE);
    }
    this.scale = numbers(adapter, factor)[0];
    for (Tensor tensor : adapter.tensors()) {
      AdapterModules.parameter(tensor.name())
          .ifPresent(
              parameter -> {
                Tensor other = byName.get(AdapterModules.upOf(tensor.name()));
                if (other != null) {
                  lower.put(parameter, tensor);
                  upper.put(parameter, other);
                  byName.remove(tensor.name());
                  byName.remove(other.name());
                }
              });
    }
    for (Tensor tensor : List.copyOf(byName.values())) {
      AdapterModules.savedParameter(tensor.name())
          .ifPresent(
              parameter -> {
                whole.put(parameter, tensor);
                byName.remove(tensor.name());
              });
    }
    this.tensors = base.tensors().stream().map(this::merged).toList();
    long found =
        tensors.stream()
            .map(Tensor::name)
            .filter(name -> lower.containsKey(name) || whole.containsKey(name))
            .count();
    if (!byName.isEmpty() || found < lower.size() + whole.size()) {
      throw CheckpointException.of(
          "%s %s: %s (expected: an adapter of the base)",
          adapter.model(),
          adapter.version(),
          byName.isEmpty() ? "tensors of other modules" : byName.keySet().iterator().next());
    }
  }

  /** The tensor as it is merged; checks that the shapes fit. */
  private Tensor merged(Tensor tensor) {
    Tensor full = whole.get(tensor.name());
    if (full != null) {
      requireShape(tensor, full.shape());
      return new Tensor(tensor.name(), full.dtype(), tensor.shape());
    }
    Tensor a = lower.get(tensor.name());
    Tensor b = upper.get(tensor.name());
    if (a == null || b == null) {
      return tensor;
    }
    List<Long> product =
        transposed
            ? List.of(a.shape().get(1), b.shape().get(0))
            : List.of(b.shape().get(0), a.shape().get(1));
    requireShape(tensor, a.shape().get(0).equals(b.shape().get(1)) ? product : List.of());
    return new Tensor(tensor.name(), "F32", tensor.shape());
  }

  private static void requireShape(Tensor tensor, List<Long> shape) {
    if (!shape.equals(tensor.shape())) {
      throw CheckpointException.of(
          "%s: shape %s by the adapter (expected: %s by the base)",
          tensor.name(), shape, tensor.shape());
    }
  }

  @Override
  public String model() {
    return adapter.model();
  }

  @Override
  public PolicyVersion version() {
    return adapter.version();
  }

  @Override
  public OptionalLong parent() {
    return adapter.parent();
  }

  @Override
  public List<Tensor> tensors() {
    return tensors;
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    Tensor full = whole.get(tensor.name());
    if (full != null) {
      adapter.read(full, chunkBytes, sink);
      return;
    }
    Tensor a = lower.get(tensor.name());
    Tensor b = upper.get(tensor.name());
    Tensor own =
        base.tensors().stream()
            .filter(other -> other.name().equals(tensor.name()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(tensor.name() + " is not a weight"));
    if (a == null || b == null) {
      base.read(own, chunkBytes, sink);
      return;
    }
    float[] weight = numbers(base, own);
    int rank = Math.toIntExact(a.shape().get(0));
    float[] as = numbers(adapter, a); // [r, in]
    float[] bs = numbers(adapter, b); // [out, r]
    if (transposed) {
      add(weight, transpose(as, rank), transpose(bs, bs.length / rank), rank);
    } else {
      add(weight, bs, as, rank);
    }
    int most = Math.max(1, chunkBytes / Float.BYTES);
    for (int at = 0; at < weight.length; at += most) {
      int count = Math.min(most, weight.length - at);
      ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(weight, at, count);
      sink.accept(bytes);
    }
  }

  /** {@code weight += scale left right}, of left [rows, r] and right [r, columns]. */
  private void add(float[] weight, float[] left, float[] right, int rank) {
    int rows = left.length / rank;
    int columns = right.length / rank;
    float[] sum = new float[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(sum, 0);
      for (int k = 0; k < rank; k++) {
        float factor = left[row * rank + k];
        int from = k * columns;
        for (int column = 0; column < columns; column++) {
          sum[column] += factor * right[from + column];
        }
      }
      int first = row * columns;
      for (int column = 0; column < columns; column++) {
        weight[first + column] += scale * sum[column];
      }
    }
  }

  private static float[] transpose(float[] matrix, int rows) {
    int columns = matrix.length / rows;
    float[] turned = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + row] = matrix[row * columns + column];
      }
    }
    return turned;
  }

  private static float[] numbers(WeightSnapshot weights, Tensor tensor) {
    FloatBuffer numbers = FloatBuffer.allocate(Math.toIntExact(tensor.elements()));
    weights.read(
        tensor,
        1 << 20,
        chunk -> {
          ByteBuffer wide = Dtypes.convert(chunk, tensor.dtype(), "F32");
          numbers.put(wide.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
        });
    return numbers.array();
  }
}
