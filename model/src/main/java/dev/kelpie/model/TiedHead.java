package dev.kelpie.model;

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
  static final String EMBEDDING = "model.embed_tokens.weight";
  private static final int CHUNK_BYTES = 1 << 20;

  private TiedHead() {}

  /**
   * Compares the two, which have one shape, number by number.
   *
   * @throws CheckpointException unless they have the same numbers
   */
  static void requireEqual(SafetensorsFile headFile, SafetensorsFile embeddingFile) {
    String dtype = headFile.dtype(NAME);
    String other = embeddingFile.dtype(EMBEDDING);
    long[] next = {0}; // number of the first element of the chunk
    headFile.read(
        NAME,
        CHUNK_BYTES,
        chunk -> {
          int elements = chunk.remaining() / Dtypes.bytes(dtype);
          ByteBuffer same =
              ByteBuffer.allocate(elements * Dtypes.bytes(other)).order(ByteOrder.LITTLE_ENDIAN);
          embeddingFile.read(EMBEDDING, next[0] * Dtypes.bytes(other), same);
          int at = widened(chunk, dtype).mismatch(widened(same.flip(), other));
          if (at >= 0) {
            String found = "number " + (next[0] + at / Float.BYTES) + " differs";
            throw differs(headFile, found, embeddingFile);
          }
          next[0] += elements;
        });
  }

  private static ByteBuffer widened(ByteBuffer chunk, String dtype) {
    return Dtypes.convert(chunk, dtype, "F32");
  }

  private static CheckpointException differs(
      SafetensorsFile file, String found, SafetensorsFile embedding) {
    return CheckpointException.of(
        "%s: %s: %s (expected: %s of %s, as config.json ties them; with tie_word_embeddings = false"
            + " there, both are read)",
        file.path(), NAME, found, EMBEDDING, embedding.path().getFileName());
  }
}
