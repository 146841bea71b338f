package dev.kelpie.wire.arrow;

import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.WeightSnapshot.ChunkSink;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.ChunkedFile;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
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
 * each row as it fills. Other threads hash full rows while the next ones are gathered and written.
 */
final class WeightRows implements ChunkSink, AutoCloseable {
  /** Below this another thread costs more than it saves. */
  private static final int PARALLEL_BYTES = 1 << 18;

  private static final int MOST_ROWS = 4;

  private final ChunkedFile file;
  private final ArrowStream stream;
  private final List<Row> rows = new ArrayList<>();
  private final List<Written> written = new ArrayList<>();
  private int next;
  private @Nullable Tensor tensor;
  private List<CompletableFuture<String>> chunks = new ArrayList<>();
  private long bytes;
  private int filled;

  /** A row that is gathered, written and hashed. */
  private static final class Row {
    final VectorSchemaRoot root;
    final LargeVarBinaryVector bytes;
    CompletableFuture<String> hash = CompletableFuture.completedFuture("");

    Row(VectorSchemaRoot root) {
      this.root = root;
      this.bytes = (LargeVarBinaryVector) root.getVector("bytes");
      bytes.allocateNew(WeightsArrow.CHUNK_BYTES, 1);
    }
  }

  private record Written(Tensor tensor, List<CompletableFuture<String>> chunks) {}

  WeightRows(ChunkedFile file, BufferAllocator allocator, Schema schema) throws IOException {
    this.file = file;
    this.stream = new ArrowStream(file, schema);
    int count = Math.min(MOST_ROWS, Runtime.getRuntime().availableProcessors() + 1);
    for (int i = 0; i < count; i++) {
      rows.add(new Row(VectorSchemaRoot.create(schema, allocator)));
    }
  }

  /** Starts the rows of a tensor. */
  void begin(Tensor following) {
    tensor = following;
    chunks = new ArrayList<>();
    bytes = 0;
    filled = 0;
  }

  @Override
  public void accept(ByteBuffer source) {
    ByteBuffer rest = source.duplicate();
    while (rest.hasRemaining()) {
      Row row = rows.get(next);
      row.hash.join();
      int count = Math.min(rest.remaining(), WeightsArrow.CHUNK_BYTES - filled);
      row.bytes.getDataBuffer().setBytes(filled, rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
      filled += count;
      if (filled == WeightsArrow.CHUNK_BYTES) {
        writeRow();
      }
    }
  }

  /** Ends the tensor, which must have received exactly its bytes. */
  void end() {
    Tensor done = current();
    if (filled > 0 || chunks.isEmpty()) {
      writeRow();
    }
    Invariant.that(
        bytes == done.bytes(),
        "tensor %s: %s bytes (expected: %s for %s %s)",
        done.name(),
        bytes,
        done.bytes(),
        done.dtype(),
        done.shape());
    written.add(new Written(done, chunks));
  }

  /** The tensors with their hashes, after the last one. */
  List<WeightsSchema.Entry> entries() {
    return written.stream()
        .map(
            done ->
                WeightsSchema.Entry.of(
                    done.tensor(),
                    TensorHash.of(done.chunks().stream().map(CompletableFuture::join).toList())))
        .toList();
  }

  /** Writes the footer. */
  void finish(Schema closing) throws IOException {
    stream.end(closing);
  }

  private void writeRow() {
    Row row = rows.get(next);
    row.hash.join();
    VectorSchemaRoot root = row.root;
    ((VarCharVector) root.getVector("tensor"))
        .setSafe(0, current().name().getBytes(StandardCharsets.UTF_8));
    ((IntVector) root.getVector("chunk")).setSafe(0, chunks.size());
    ((BigIntVector) root.getVector("offset")).setSafe(0, bytes);
    // The bytes are in place already: declare one value that spans them.
    BitVectorHelper.setBit(row.bytes.getValidityBuffer(), 0);
    row.bytes.getOffsetBuffer().setLong(0, 0);
    row.bytes.getOffsetBuffer().setLong(LargeVarBinaryVector.OFFSET_WIDTH, filled);
    row.bytes.setLastSet(0);
    root.setRowCount(1);
    row.hash = hash(row.bytes.getDataBuffer().nioBuffer(0, filled));
    chunks.add(row.hash);
    try {
      file.announce(stream.offsetOfLastColumn(root), filled, row.hash);
      stream.write(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bytes += filled;
    filled = 0;
    next = (next + 1) % rows.size();
  }

  private static CompletableFuture<String> hash(ByteBuffer row) {
    return row.remaining() < PARALLEL_BYTES
        ? CompletableFuture.completedFuture(sha256(row))
        : CompletableFuture.supplyAsync(() -> sha256(row));
  }

  private static String sha256(ByteBuffer row) {
    MessageDigest digest = Sha256.digest();
    digest.update(row);
    return Sha256.hex(digest);
  }

  private Tensor current() {
    if (tensor == null) {
      throw new IllegalStateException("bytes of no tensor");
    }
    return tensor;
  }

  @Override
  public void close() {
    rows.forEach(row -> row.hash.handle((hash, failure) -> "done").join());
    rows.forEach(row -> row.root.close());
  }
}
