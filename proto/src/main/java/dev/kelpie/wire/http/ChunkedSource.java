package dev.kelpie.wire.http;

import dev.kelpie.wire.file.ChunkList;
import java.nio.file.Path;

/**
 * A file that is served by its chunks, whole or as far as it is there. Safe for several threads.
 */
public interface ChunkedSource {
  /** Where its bytes are. */
  Path path();

  /** All of its chunks. */
  ChunkList chunks();

  /** Whether the bytes {@code from} (included) to {@code to} (excluded) are there, and right. */
  boolean holds(long from, long to);

  /** A whole file that its owner does not change. */
  static ChunkedSource whole(Path path, ChunkList chunks) {
    return new ChunkedSource() {
      @Override
      public Path path() {
        return path;
      }

      @Override
      public ChunkList chunks() {
        return chunks;
      }

      @Override
      public boolean holds(long from, long to) {
        return true;
      }
    };
  }
}
