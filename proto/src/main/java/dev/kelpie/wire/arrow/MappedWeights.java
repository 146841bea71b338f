package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The weights of a mapped file. Chunks handed out are views of the mapping, not copies. May be read
 * by several threads; {@link #close} waits for them and unmaps the file.
 */
public final class MappedWeights implements WeightSnapshot, AutoCloseable {
  private static final List<Integer> FORMATS =
      List.of(WeightsSchema.FORMAT_VERSION, WeightsSchema.EARLIER_FORMAT_VERSION);

  private final Path path;
  private final BufferAllocator allocator;
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private final List<VectorSchemaRoot> batches = new ArrayList<>();
  private final Map<String, List<ByteBuffer>> chunks = new LinkedHashMap<>();
  private final Map<String, Long> lengths = new HashMap<>();
  private final WeightsSchema.Header header;
  private final List<Tensor> tensors;
  private boolean closed;

  private MappedWeights(Path path, BufferAllocator allocator) throws IOException {
    this.path = path;
    this.allocator = allocator;
    try (MappedArrow file = MappedArrow.open(path, WeightsSchema.KIND, FORMATS, allocator)) {
      file.requireColumns(WeightsSchema.FIELDS);
      this.header = WeightsSchema.header(file.schema());
      this.tensors = header.entries().stream().map(WeightsSchema.Entry::tensor).toList();
      for (int i = 0; i < file.batches(); i++) {
        VectorSchemaRoot batch = file.load(i);
        batches.add(batch);
        addRows(batch);
      }
      requireWhole();
    } catch (IOException | RuntimeException e) {
      batches.forEach(VectorSchemaRoot::close);
      throw e;
    }
  }

  static MappedWeights open(Path path) {
    BufferAllocator allocator;
    try {
      allocator = MappedArrow.allocator(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    }
    try {
      return new MappedWeights(path, allocator);
    } catch (CorruptFileException e) {
      allocator.close();
      throw e;
    } catch (IOException e) {
      allocator.close();
      throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      allocator.close();
      throw new CorruptFileException(path + ": not a weight file: " + e.getMessage(), e);
    }
  }

  private void addRows(VectorSchemaRoot batch) {
    VarCharVector names = (VarCharVector) batch.getVector("tensor");
    IntVector numbers = (IntVector) batch.getVector("chunk");
    BigIntVector offsets = (BigIntVector) batch.getVector("offset");
    LargeVarBinaryVector bytes = (LargeVarBinaryVector) batch.getVector("bytes");
    for (int row = 0; row < batch.getRowCount(); row++) {
      String name = new String(names.get(row), StandardCharsets.UTF_8);
      List<ByteBuffer> known = chunks.computeIfAbsent(name, key -> new ArrayList<>());
      long offset = lengths.getOrDefault(name, 0L);
      if (numbers.get(row) != known.size() || offsets.get(row) != offset) {
        throw CorruptFileException.of(
            "%s: tensor %s: chunk %s at byte %s (expected: chunk %s at byte %s)",
            path, name, numbers.get(row), offsets.get(row), known.size(), offset);
      }
      ByteBuffer chunk = chunk(bytes, row);
      known.add(chunk);
      lengths.put(name, offset + chunk.remaining());
    }
  }

  private static ByteBuffer chunk(LargeVarBinaryVector bytes, int row) {
    ArrowBuf ends = bytes.getOffsetBuffer();
    long start = ends.getLong((long) row * LargeVarBinaryVector.OFFSET_WIDTH);
    long end = ends.getLong((long) (row + 1) * LargeVarBinaryVector.OFFSET_WIDTH);
    return bytes.getDataBuffer().nioBuffer(start, Math.toIntExact(end - start)).asReadOnlyBuffer();
  }

  private void requireWhole() {
    for (WeightsSchema.Entry entry : header.entries()) {
      long expected = entry.tensor().bytes();
      long found = lengths.getOrDefault(entry.name(), 0L);
      if (found != expected) {
        throw CorruptFileException.of(
            "%s: tensor %s: %s bytes (expected: %s for %s %s)",
            path, entry.name(), found, expected, entry.dtype(), entry.shape());
      }
    }
    if (chunks.size() != header.entries().size()) {
      throw CorruptFileException.of(
          "%s: rows of %s tensors (expected: %s)", path, chunks.size(), header.entries().size());
    }
  }

  @Override
  public String model() {
    return header.model();
  }

  @Override
  public PolicyVersion version() {
    return header.version();
  }

  @Override
  public OptionalLong parent() {
    return header.parent();
  }

  /** Whether the weights are named by the hash of their chunks, not by that of their bytes. */
  public boolean chunked() {
    return header.chunked();
  }

  /**
   * The hash of the weights as the file states it: {@link ChunkedWeightHash} where they are {@link
   * #chunked}, {@link WeightHash} in files of the earlier format.
   */
  public String sha256() {
    return header.sha256();
  }

  @Override
  public List<Tensor> tensors() {
    return tensors;
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    open.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(path + " is closed");
      }
      List<ByteBuffer> found = chunks.get(tensor.name());
      if (found == null || !tensors.contains(tensor)) {
        throw new IllegalArgumentException(path + " has no " + tensor);
      }
      for (ByteBuffer chunk : found) {
        for (int from = 0; from < chunk.remaining(); from += chunkBytes) {
          int count = Math.min(chunkBytes, chunk.remaining() - from);
          sink.accept(chunk.slice(from, count).order(ByteOrder.LITTLE_ENDIAN));
        }
      }
    } finally {
      open.readLock().unlock();
    }
  }

  /**
   * Reads all weights and checks the hash of every tensor, and that of the weights.
   *
   * @throws CorruptFileException in one line, naming the file and the first tensor that differs
   */
  public void verify() {
    header.entries().parallelStream()
        .map(this::difference)
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(
            difference -> {
              throw new CorruptFileException(difference);
            });
    String found =
        chunked() ? ChunkedWeightHash.of(header.entries()) : WeightHash.of((WeightSnapshot) this);
    if (!found.equals(sha256())) {
      throw CorruptFileException.of(
          "%s: %s %s (expected: %s)",
          path, chunked() ? "weights-sha256" : "policy-sha256", found, sha256());
    }
  }

  private Optional<String> difference(WeightsSchema.Entry entry) {
    String found = chunked() ? TensorHash.of(this, entry.tensor()) : whole(entry.tensor());
    return found.equals(entry.sha256())
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%s: tensor %s has SHA-256 %s (expected: %s)",
                path,
                entry.name(),
                found,
                entry.sha256()));
  }

  private String whole(Tensor tensor) {
    MessageDigest digest = Sha256.digest();
    read(tensor, WeightsArrow.CHUNK_BYTES, digest::update);
    return Sha256.hex(digest);
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        batches.forEach(VectorSchemaRoot::close);
        allocator.close();
      }
    } finally {
      open.writeLock().unlock();
    }
  }
}
