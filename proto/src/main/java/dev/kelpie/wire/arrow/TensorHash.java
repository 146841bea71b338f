package dev.kelpie.wire.arrow;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.ChunkSink;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The hash of a tensor by its chunks of {@link WeightsArrow#CHUNK_BYTES}: the SHA-256 of its bytes
 * where there is one chunk, else of the chunks' hashes one after the other. Chunks can be hashed in
 * any order, by several threads.
 */
final class TensorHash implements ChunkSink {
  private final MessageDigest digest = Sha256.digest();
  private final List<String> chunks = new ArrayList<>();
  private int filled;

  @Override
  public void accept(ByteBuffer source) {
    ByteBuffer rest = source.duplicate();
    while (rest.hasRemaining()) {
      int count = Math.min(rest.remaining(), WeightsArrow.CHUNK_BYTES - filled);
      digest.update(rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
      filled += count;
      if (filled == WeightsArrow.CHUNK_BYTES) {
        endChunk();
      }
    }
  }

  private void endChunk() {
    chunks.add(Sha256.hex(digest));
    filled = 0;
  }

  /** The hash of the bytes so far. */
  String finish() {
    if (filled > 0 || chunks.isEmpty()) {
      endChunk();
    }
    return of(chunks);
  }

  /** The hash of a tensor whose chunks have these hashes. */
  static String of(List<String> chunks) {
    if (chunks.size() == 1) {
      return chunks.get(0);
    }
    MessageDigest digest = Sha256.digest();
    chunks.forEach(chunk -> digest.update(HexFormat.of().parseHex(chunk)));
    return Sha256.hex(digest);
  }

  /** The hash of {@code tensor} of {@code weights}. */
  static String of(WeightSnapshot weights, Tensor tensor) {
    TensorHash hash = new TensorHash();
    weights.read(tensor, WeightsArrow.CHUNK_BYTES, hash);
    return hash.finish();
  }

  /** The sizes of a tensor as a text. */
  static String head(String name, String dtype, List<Long> shape) {
    String sizes = shape.stream().map(size -> Long.toString(size)).collect(Collectors.joining(","));
    return name + "\n" + dtype + "\n" + sizes + "\n";
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
