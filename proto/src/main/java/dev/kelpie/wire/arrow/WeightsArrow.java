package dev.kelpie.wire.arrow;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkedFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One version of a model's weights as one immutable Arrow IPC file.
 *
 * <p>Columns: {@code tensor} utf8, {@code chunk} int32, {@code offset} int64 (of the chunk within
 * its tensor), {@code bytes} large_binary (little-endian, at most 4 MiB a row); tensors in order of
 * their names, one row per record batch so that each chunk can be mapped by itself. Schema
 * metadata: {@code kelpie.format-version}, {@code model}, {@code version}, {@code parent}, {@code
 * dtype}, {@code weights-sha256} ({@link ChunkedWeightHash}) and {@code tensors}, a JSON list of
 * name, dtype, shape and hash of its chunks ({@link TensorHash}). The hashes are only in the
 * footer's schema, because they are computed while the rows are written.
 *
 * <p>Each byte is hashed once: the value of a row is a chunk of the file ({@link ChunkList}), the
 * chunks of a tensor make up its hash, the tensors that of the weights. Format 1 had the SHA-256 of
 * whole tensors, and {@code policy-sha256} ({@link WeightHash}); it is still read.
 */
public final class WeightsArrow {
  /** Most bytes of a tensor in one row. */
  public static final int CHUNK_BYTES = 4 << 20;

  private WeightsArrow() {}

  /**
   * Writes {@code weights} chunk by chunk; holds a few chunks in native memory and none in the
   * heap. Replaces an existing file.
   */
  public static WeightFile write(Path target, WeightSnapshot weights) {
    List<Tensor> tensors = WeightHash.inOrder(weights.tensors());
    Schema opening = WeightsSchema.opening(weights);
    try (BufferAllocator allocator = new RootAllocator();
        ChunkedFile file = ChunkedFile.create(target);
        WeightRows rows = new WeightRows(file, allocator, opening)) {
      for (Tensor tensor : tensors) {
        rows.begin(tensor);
        weights.read(tensor, CHUNK_BYTES, rows);
        rows.end();
      }
      List<WeightsSchema.Entry> entries = rows.entries();
      String weightsSha256 = ChunkedWeightHash.of(entries);
      rows.finish(WeightsSchema.closing(weights, entries, weightsSha256));
      return new WeightFile(
          target.toAbsolutePath().normalize(),
          weights.model(),
          weights.version(),
          file.commit(),
          weightsSha256);
    } catch (IOException | UncheckedIOException e) {
      throw new UncheckedIOException(
          "cannot write " + target + ": " + e.getMessage(), new IOException(e));
    }
  }

  /**
   * Maps a weight file and checks that its rows make up the tensors it lists, whole and in order;
   * reads no weights: {@link MappedWeights#verify} does.
   *
   * @throws CorruptFileException in one line, when the file is truncated, mixed or of another kind
   */
  public static MappedWeights open(Path path) {
    return MappedWeights.open(path);
  }
}
