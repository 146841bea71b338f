package dev.kelpie.model.adapter;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The weights of an adapter with the factor that they are multiplied by and the hash of their base:
 * all that a process which has the base needs to merge them.
 *
 * @param tensorsOnly the adapter's tensors
 * @param scale the factor s
 * @param base SHA-256 of the base's weights in hexadecimal; empty where it is not known
 */
public record AdapterWeights(WeightSnapshot tensorsOnly, double scale, String base)
    implements WeightSnapshot {
  /** Name of the tensor [1] that holds the factor; behind those of the adapter in their order. */
  public static final String SCALE = "lora_scale";

  /** Name of the tensor [16] that holds the hash of the base, 16 bits in each number. */
  public static final String BASE = "lora_base";

  private static final int WORDS = 16;
  private static final Tensor SCALE_TENSOR = new Tensor(SCALE, "F32", List.of(1L));
  private static final Tensor BASE_TENSOR = new Tensor(BASE, "F32", List.of((long) WORDS));

  /** Whether {@code weights} are those of an adapter. */
  public static boolean are(WeightSnapshot weights) {
    return weights.tensors().contains(SCALE_TENSOR);
  }

  /** The hash of the base of {@code weights}, in hexadecimal; empty where it is not known. */
  public static String base(WeightSnapshot weights) {
    if (!weights.tensors().contains(BASE_TENSOR)) {
      return "";
    }
    StringBuilder hex = new StringBuilder();
    weights.read(
        BASE_TENSOR,
        WORDS * Float.BYTES,
        chunk -> {
          ByteBuffer words = chunk.duplicate().order(ByteOrder.LITTLE_ENDIAN);
          while (words.hasRemaining()) {
            hex.append(String.format(Locale.ROOT, "%04x", (int) words.getFloat()));
          }
        });
    return hex.toString();
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
    if (!base.isEmpty()) {
      all.add(BASE_TENSOR);
    }
    return List.copyOf(all);
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    if (tensor.name().equals(SCALE)) {
      ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      sink.accept(bytes.putFloat(0, (float) scale));
    } else if (tensor.name().equals(BASE)) {
      ByteBuffer words = ByteBuffer.allocate(WORDS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < WORDS; i++) {
        words.putFloat(Integer.parseInt(base.substring(4 * i, 4 * i + 4), 16));
      }
      sink.accept(words.flip());
    } else {
      tensorsOnly.read(tensor, chunkBytes, sink);
    }
  }
}
