package dev.kelpie.wire.file;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A file that is not what it should be: truncated, of another format, or with a wrong checksum. */
public final class CorruptFileException extends UncheckedIOException {
  /** The message is one line: the file, what was found, what was expected. */
  public CorruptFileException(String message) {
    super(message, new IOException(message));
  }

  /** The message is one line; {@code cause} is what the reader ran into. */
  public CorruptFileException(String message, Throwable cause) {
    super(message, new IOException(message, cause));
  }
}
