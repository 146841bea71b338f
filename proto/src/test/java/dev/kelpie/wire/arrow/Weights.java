package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;

/** Weights whose bytes follow from version and name; made chunk by chunk, never held whole. */
public record Weights(PolicyVersion version, List<WeightSnapshot.Tensor> tensors)
    implements WeightSnapshot {

  /** A few tensors, one of them of three rows in the file. */
  static Weights small(long version) {
    return new Weights(
        new PolicyVersion(version),
        List.of(
            new Tensor("a.norm", "F32", List.of(7L)),
            new Tensor("b.embed", "BF16", List.of(9L, 2_000_000L)),
            new Tensor("c.empty", "F32", List.of(0L, 4L)),
            new Tensor("d.scale", "F16", List.of())));
  }

  /** {@code count} tensors of 1 MiB. */
  public static Weights megabytes(long version, int count) {
    return new Weights(
        new PolicyVersion(version),
        IntStream.range(0, count)
            .mapToObj(i -> new Tensor(String.format("layer.%04d", i), "F32", List.of(512L, 512L)))
            .toList());
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
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    Random random = new Random(tensor.name().hashCode() + 31 * version.number());
    long left = tensor.bytes();
    while (left > 0) {
      // Smaller than asked for, and not a divisor of a row.
      byte[] chunk = new byte[(int) Math.min(left, Math.min(chunkBytes, 999_999))];
      random.nextBytes(chunk);
      sink.accept(ByteBuffer.wrap(chunk));
      left -= chunk.length;
    }
  }

  /** All bytes of a tensor. */
  static byte[] bytes(WeightSnapshot weights, Tensor tensor, int chunkBytes) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    weights.read(
        tensor,
        chunkBytes,
        chunk -> {
          byte[] copy = new byte[chunk.remaining()];
          chunk.get(copy);
          all.writeBytes(copy);
        });
    return all.toByteArray();
  }
}
