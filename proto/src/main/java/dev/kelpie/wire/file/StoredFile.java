package dev.kelpie.wire.file;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Recognises files that are mostly holes: they claim any size, and take no room on their disk. */
public final class StoredFile {
  private static final long LARGE_BYTES = 1L << 30;

  private StoredFile() {}

  /**
   * Refuses a large file whose size is several times what its whole disk has stored. Reading it
   * would take hours.
   *
   * @throws CorruptFileException in one line
   */
  public static void require(Path file, long bytes) {
    if (bytes < LARGE_BYTES) {
      return;
    }
    long stored;
    try {
      FileStore disk = Files.getFileStore(file);
      stored = disk.getTotalSpace() - disk.getUnallocatedSpace();
    } catch (IOException e) {
      return; // the system does not tell
    }
    if (stored > 0 && bytes / 4 > stored) {
      throw CorruptFileException.of(
          "%s: %s bytes, though its disk has only %s in use (expected: a file without holes)",
          file, bytes, stored);
    }
  }
}
