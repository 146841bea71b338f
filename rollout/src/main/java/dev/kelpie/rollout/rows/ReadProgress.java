package dev.kelpie.rollout.rows;

import java.nio.file.Path;

/** Listener that is called while a file is read from start to end. */
@FunctionalInterface
public interface ReadProgress {
  /** A listener that does nothing. */
  ReadProgress NONE = (file, bytes, total) -> {};

  /**
   * Reports that {@code bytes} of the {@code total} bytes of {@code file} are read. Called for
   * every few MiB.
   */
  void report(Path file, long bytes, long total);
}
