package dev.kelpie.wire.file;

import dev.kelpie.files.OneLine;
import dev.kelpie.files.StoredFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Thrown for a file that is truncated, of another format, or has a wrong checksum. */
public final class CorruptFileException extends UncheckedIOException {
  private static final int MOST_CHARACTERS = 1500;

  /** The message is one line: the file, what was found, what was expected. */
  public CorruptFileException(String message) {
    super(shortened(message), new IOException(shortened(message)));
  }

  /** With the message {@code format} filled with {@code values}. */
  public static CorruptFileException of(String format, @Nullable Object... values) {
    return new CorruptFileException(String.format(Locale.ROOT, format, values));
  }

  /** The message is one line; {@code cause} is the reader's exception. */
  public CorruptFileException(String message, Throwable cause) {
    super(shortened(message), new IOException(shortened(message), cause));
  }

  /**
   * Checks that {@code file} is not mostly holes.
   *
   * @throws CorruptFileException if it is
   */
  public static void throwForHoles(Path file, long bytes) throws IOException {
    Optional<String> problem = StoredFile.problem(file, bytes);
    if (problem.isPresent()) {
      throw new CorruptFileException(file + ": " + problem.get());
    }
  }

  /** A value from a file may have any length. */
  private static String shortened(String message) {
    String line = OneLine.of(message);
    return line.length() <= MOST_CHARACTERS ? line : line.substring(0, MOST_CHARACTERS) + " ...";
  }
}
