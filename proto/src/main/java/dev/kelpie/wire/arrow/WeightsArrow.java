package dev.kelpie.wire.arrow;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One version of a model's weights as one immutable Arrow IPC file.
 *
 * <p>Columns: {@code tensor} utf8, {@code chunk} int32, {@code offset} int64 (of the chunk within
 * its tensor), {@code bytes} large_binary (little-endian, at most 16 MiB a row); tensors in order
 * of their names, one row per record batch so that each chunk can be mapped by itself. Schema
 * metadata: {@code kelpie.format-version}, {@code model}, {@code version}, {@code parent}, {@code
 * dtype}, {@code policy-sha256} ({@link WeightHash}) and {@code tensors}, a JSON list of name,
 * dtype, shape and SHA-256. The hashes are only in the footer's schema, because they are computed
 * while the rows are written.
 */
public final class WeightsArrow {
  /** Most bytes of a tensor in one row. */
  public static final int CHUNK_BYTES = 16 << 20;

  private WeightsArrow() {}

  /**
   * Writes {@code weights} chunk by chunk; holds one chunk in native memory and none in the heap.
   * Replaces an existing file.
   */
  public static WeightFile write(Path target, WeightSnapshot weights) {
    List<Tensor> tensors = WeightHash.inOrder(weights.tensors());
    Schema opening = WeightsSchema.opening(weights);
    try (BufferAllocator allocator = new RootAllocator();
        ArrowSink sink = ArrowSink.create(target, opening);
        WeightRows rows = new WeightRows(sink, allocator, opening)) {
      List<WeightsSchema.Entry> entries = new ArrayList<>();
      for (Tensor tensor : tensors) {
        rows.begin(tensor);
        weights.read(tensor, CHUNK_BYTES, rows);
        entries.add(rows.end());
      }
      String policySha256 = rows.policySha256();
      Schema closing = WeightsSchema.closing(weights, entries, policySha256);
      WrittenFile file = sink.finish(closing);
      return new WeightFile(
          file.path(),
          weights.model(),
          weights.version(),
          file.bytes(),
          file.sha256(),
          policySha256);
    } catch (IOException | UncheckedIOException e) {
      throw new UncheckedIOException(
          "cannot write " + target + ": " + e.getMessage(), new IOException(e));
    }
  }

  /**
   * Maps a weight file and checks that its rows make up the tensors it lists, whole and in order;
   * reads no weights. The file's hash is not known, so {@link MappedWeights#verify} checks only the
   * tensors'.
   *
   * @throws CorruptFileException in one line, when the file is truncated, mixed or of another kind
   */
  public static MappedWeights open(Path path) {
    return MappedWeights.open(path, "");
  }

  /** As {@link #open(Path)}; the file must hash to {@code sha256}, which verify checks too. */
  public static MappedWeights open(Path path, String sha256) {
    return MappedWeights.open(path, Sha256.requireHex(sha256));
  }
}
