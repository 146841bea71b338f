package dev.kelpie.wire.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/** Checks that a file fits on its disk before it is written. */
public final class DiskSpace {
  /** Bytes that stay free. */
  public static final long RESERVE_BYTES = 64L << 20;

  private static final Pattern LACK =
      Pattern.compile("No space left on device|\\d+ MiB are free in .* \\(expected: at least ");

  private DiskSpace() {}

  /** Whether a failure's message is that of {@link #require}, or of a disk that was full. */
  public static boolean isLack(String message) {
    return LACK.matcher(message).find();
  }

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
