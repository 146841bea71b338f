package dev.kelpie.wire.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Looks whether a file will fit before it is written. */
public final class DiskSpace {
  /** Left free beside what is asked for. */
  private static final long RESERVE_BYTES = 64L << 20;

  private DiskSpace() {}

  /**
   * Returns when {@code folder}, made if it does not exist, has room for {@code bytes}.
   *
   * @throws UncheckedIOException naming {@code what}, the need and the room, when it has not
   */
  public static void require(Path folder, long bytes, String what) {
    long usable;
    try {
      Files.createDirectories(folder);
      usable = Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + folder + ": " + e.getMessage(), e);
    }
    if (usable < bytes + RESERVE_BYTES) {
      String message =
          String.format(
              Locale.ROOT,
              "%s: %s MiB are free in %s (expected: at least %s MiB)",
              what,
              usable >> 20,
              folder,
              (bytes + RESERVE_BYTES) >> 20);
      throw new UncheckedIOException(message, new IOException(message));
    }
  }
}
