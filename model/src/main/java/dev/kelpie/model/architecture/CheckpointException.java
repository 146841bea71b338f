package dev.kelpie.model.architecture;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint folder that cannot be used as it is. The message is one line for people: file,
 * tensor or key, what was found, what was expected.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a finished message. */
  public CheckpointException(String message) {
    super(message);
  }

  /** With the message {@code format} filled with {@code values}. */
  public static CheckpointException of(String format, @Nullable Object... values) {
    return new CheckpointException(String.format(Locale.ROOT, format, values));
  }

  /** With a finished message and what led to it. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
