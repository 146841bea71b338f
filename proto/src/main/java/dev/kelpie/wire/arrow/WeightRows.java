package dev.kelpie.wire.arrow;

import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.WeightSnapshot.ChunkSink;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the chunks of a tensor into rows of at most {@link WeightsArrow#CHUNK_BYTES} and writes
 * each row as it fills. While a row goes to the file, which hashes it too, other threads compute
 * the tensor's and the policy's hash of it.
 */
final class WeightRows implements ChunkSink, AutoCloseable {
  /** Below this other threads cost more than they save. */
  private static final int PARALLEL_BYTES = 1 << 18;

  private final ArrowSink sink;
  private final VectorSchemaRoot root;
  private final LargeVarBinaryVector bytes;
  private final WeightHash policyHash = new WeightHash();
  private MessageDigest tensorHash = Sha256.digest();
  private @Nullable Tensor tensor;
  private int chunk;
  private long written;
  private int filled;

  WeightRows(ArrowSink sink, BufferAllocator allocator, Schema schema) {
    this.sink = sink;
    this.root = VectorSchemaRoot.create(schema, allocator);
    this.bytes = (LargeVarBinaryVector) root.getVector("bytes");
    bytes.allocateNew(WeightsArrow.CHUNK_BYTES, 1);
  }

  /** Starts the rows of a tensor. */
  void begin(Tensor next) {
    tensor = next;
    tensorHash = Sha256.digest();
    policyHash.begin(next);
    chunk = 0;
    written = 0;
    filled = 0;
  }

  @Override
  public void accept(ByteBuffer source) {
    ByteBuffer rest = source.duplicate();
    while (rest.hasRemaining()) {
      int count = Math.min(rest.remaining(), WeightsArrow.CHUNK_BYTES - filled);
      bytes.getDataBuffer().setBytes(filled, rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
      filled += count;
      if (filled == WeightsArrow.CHUNK_BYTES) {
        writeRow();
      }
    }
  }

  /** Ends the tensor, which must have received exactly its bytes. */
  WeightsSchema.Entry end() {
    Tensor done = current();
    if (filled > 0 || chunk == 0) {
      writeRow();
    }
    Invariant.that(
        written == done.bytes(),
        "tensor %s: %s bytes (expected: %s for %s %s)",
        done.name(),
        written,
        done.bytes(),
        done.dtype(),
        done.shape());
    return new WeightsSchema.Entry(done.name(), done.dtype(), done.shape(), Sha256.hex(tensorHash));
  }

  /** The hash over all tensors, after the last one. */
  String policySha256() {
    return policyHash.finish();
  }

  private void writeRow() {
    ((VarCharVector) root.getVector("tensor"))
        .setSafe(0, current().name().getBytes(StandardCharsets.UTF_8));
    ((IntVector) root.getVector("chunk")).setSafe(0, chunk);
    ((BigIntVector) root.getVector("offset")).setSafe(0, written);
    // The bytes are in place already: declare one value that spans them.
    BitVectorHelper.setBit(bytes.getValidityBuffer(), 0);
    bytes.getOffsetBuffer().setLong(0, 0);
    bytes.getOffsetBuffer().setLong(LargeVarBinaryVector.OFFSET_WIDTH, filled);
    bytes.setLastSet(0);
    root.setRowCount(1);
    CompletableFuture<Void> hashes = hash(bytes.getDataBuffer().nioBuffer(0, filled));
    try {
      sink.write(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      hashes.join();
    }
    chunk++;
    written += filled;
    filled = 0;
  }

  private CompletableFuture<Void> hash(ByteBuffer row) {
    if (row.remaining() < PARALLEL_BYTES) {
      tensorHash.update(row.duplicate());
      policyHash.update(row);
      return CompletableFuture.completedFuture(null);
    }
    MessageDigest digest = tensorHash;
    return CompletableFuture.allOf(
        CompletableFuture.runAsync(() -> digest.update(row.duplicate())),
        CompletableFuture.runAsync(() -> policyHash.update(row)));
  }

  private Tensor current() {
    if (tensor == null) {
      throw new IllegalStateException("bytes of no tensor");
    }
    return tensor;
  }

  @Override
  public void close() {
    root.close();
  }
}
