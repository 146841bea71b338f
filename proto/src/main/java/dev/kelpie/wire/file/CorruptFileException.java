package dev.kelpie.wire.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Thrown for a file that is truncated, of another format, or has a wrong checksum. */
public final class CorruptFileException extends UncheckedIOException {
  /** The message is one line: the file, what was found, what was expected. */
  public CorruptFileException(String message) {
    super(message, new IOException(message));
  }

  /** With the message {@code format} filled with {@code values}. */
  public static CorruptFileException of(String format, @Nullable Object... values) {
    return new CorruptFileException(String.format(Locale.ROOT, format, values));
  }

  /** The message is one line; {@code cause} is the reader's exception. */
  public CorruptFileException(String message, Throwable cause) {
    super(message, new IOException(message, cause));
  }
}
