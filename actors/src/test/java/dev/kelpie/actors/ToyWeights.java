package dev.kelpie.actors;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;

/** Weights of one tensor with one 64-bit number, shown as two float32. */
record ToyWeights(PolicyVersion version, long number) implements WeightSnapshot {
  private static final Tensor TENSOR = new Tensor("toy.weight", "F32", List.of(2L));

  /** Reads the number out of any snapshot that has the toy's tensor. */
  static long numberOf(WeightSnapshot weights) {
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    weights.read(weights.tensors().get(0), 8, bytes::put);
    return bytes.flip().getLong();
  }

  @Override
  public String model() {
    return "policy";
  }

  @Override
  public OptionalLong parent() {
    return version.number() == 0 ? OptionalLong.empty() : OptionalLong.of(version.number() - 1);
  }

  @Override
  public List<Tensor> tensors() {
    return List.of(TENSOR);
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    sink.accept(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).flip());
  }
}
