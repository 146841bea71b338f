package dev.kelpie.bench;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Random;

/** Tensors of 10 MiB with random bytes. */
record RandomWeights(int count) implements WeightSnapshot {
  private static final int TENSOR_MIB = 10;
  private static final long ELEMENTS = TENSOR_MIB * 1024L * 1024 / 4;

  /** Weights of {@code mib} MiB, a multiple of 10. */
  static RandomWeights ofMib(int mib) {
    return new RandomWeights(mib / TENSOR_MIB);
  }

  @Override
  public String model() {
    return "policy";
  }

  @Override
  public PolicyVersion version() {
    return new PolicyVersion(0);
  }

  @Override
  public OptionalLong parent() {
    return OptionalLong.empty();
  }

  @Override
  public List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tensors.add(
          new Tensor(String.format(Locale.ROOT, "t%03d.weight", i), "F32", List.of(ELEMENTS)));
    }
    return tensors;
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    Random random = new Random(tensor.name().hashCode());
    long left = tensor.bytes();
    while (left > 0) {
      byte[] chunk = new byte[(int) Math.min(left, chunkBytes)];
      random.nextBytes(chunk);
      sink.accept(ByteBuffer.wrap(chunk));
      left -= chunk.length;
    }
  }
}
