package dev.kelpie.wire.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Checks that a file fits on its disk before it is written. */
public final class DiskSpace {
  /** Bytes that stay free. */
  public static final long RESERVE_BYTES = 64L << 20;

  private DiskSpace() {}

  /**
   * Requires room for {@code bytes} in {@code folder}, which is created if it does not exist.
   *
   * @throws UncheckedIOException with {@code what}, the need and the room, when there is less
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
