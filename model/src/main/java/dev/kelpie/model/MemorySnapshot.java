package dev.kelpie.model;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;

/** The parameters of a live model as a snapshot, read in place. */
record MemorySnapshot(
    String model,
    PolicyVersion version,
    OptionalLong parent,
    List<WeightSnapshot.Tensor> tensors,
    Parameters parameters)
    implements WeightSnapshot {
  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    ByteBuffer bytes = parameters.bytes(tensor.name());
    int whole = Math.max(4, chunkBytes / 4 * 4);
    for (int at = 0; at < bytes.capacity(); at += whole) {
      int length = Math.min(whole, bytes.capacity() - at);
      sink.accept(bytes.slice(at, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }
  }
}
