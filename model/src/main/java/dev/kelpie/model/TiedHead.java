package dev.kelpie.model;

import dev.kelpie.model.Checkpoint.Stored;
import dev.kelpie.model.architecture.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An {@code lm_head.weight} beside tied embeddings. Many checkpoints have one that is equal to the
 * embedding; it is left out. Where it differs, transformers leaves the two untied, against {@code
 * config.json}; Kelpie does not guess which of the two is right.
 */
final class TiedHead {
  static final String NAME = "lm_head.weight";
  private static final int CHUNK_BYTES = 1 << 20;

  private TiedHead() {}

  /**
   * Compares the two, which have one shape, number by number.
   *
   * @throws CheckpointException unless they have the same numbers
   */
  static void requireEqual(Stored head, Stored embedding) {
    String dtype = head.file().dtype(head.name());
    String other = embedding.file().dtype(embedding.name());
    long[] next = {0}; // number of the first element of the chunk
    head.file()
        .read(
            head.name(),
            CHUNK_BYTES,
            chunk -> {
              int elements = chunk.remaining() / Dtypes.bytes(dtype);
              int bytes = Dtypes.bytes(other);
              ByteBuffer same =
                  ByteBuffer.allocate(elements * bytes).order(ByteOrder.LITTLE_ENDIAN);
              embedding.file().read(embedding.name(), next[0] * bytes, same);
              int at = widened(chunk, dtype).mismatch(widened(same.flip(), other));
              if (at >= 0) {
                String found = "number " + (next[0] + at / Float.BYTES) + " differs";
                throw differs(head, found, embedding);
              }
              next[0] += elements;
            });
  }

  private static ByteBuffer widened(ByteBuffer chunk, String dtype) {
    return Dtypes.convert(chunk, dtype, "F32");
  }

  private static CheckpointException differs(Stored head, String found, Stored embedding) {
    return CheckpointException.of(
        "%s: %s: %s (expected: %s of %s, as config.json ties them; with tie_word_embeddings = false"
            + " there, both are read)",
        head.file().path(),
        head.name(),
        found,
        embedding.name(),
        embedding.file().path().getFileName());
  }
}
