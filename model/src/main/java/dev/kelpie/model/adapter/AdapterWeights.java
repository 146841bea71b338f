package dev.kelpie.model.adapter;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The weights of an adapter with the factor that they are multiplied by: all that a process which
 * has the base needs to merge them.
 *
 * @param tensorsOnly the adapter's tensors
 * @param scale the factor s
 */
public record AdapterWeights(WeightSnapshot tensorsOnly, double scale) implements WeightSnapshot {
  /** Name of the tensor [1] that holds the factor; behind those of the adapter in their order. */
  public static final String SCALE = "lora_scale";

  private static final Tensor SCALE_TENSOR = new Tensor(SCALE, "F32", List.of(1L));

  /** Whether {@code weights} are those of an adapter. */
  public static boolean are(WeightSnapshot weights) {
    return weights.tensors().contains(SCALE_TENSOR);
  }

  @Override
  public String model() {
    return tensorsOnly.model();
  }

  @Override
  public PolicyVersion version() {
    return tensorsOnly.version();
  }

  @Override
  public OptionalLong parent() {
    return tensorsOnly.parent();
  }

  @Override
  public List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>(tensorsOnly.tensors());
    all.add(SCALE_TENSOR);
    return List.copyOf(all);
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    if (tensor.name().equals(SCALE)) {
      ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      sink.accept(bytes.putFloat(0, (float) scale));
    } else {
      tensorsOnly.read(tensor, chunkBytes, sink);
    }
  }
}
