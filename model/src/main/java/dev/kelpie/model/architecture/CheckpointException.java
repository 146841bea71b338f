package dev.kelpie.model.architecture;

import dev.kelpie.files.OneLine;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint folder that cannot be used as it is. The message is one line for people: file,
 * tensor or key, what was found, what was expected.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Characters of a message; what a file says in it may be of any length. */
  private static final int MOST_SHOWN = 1200;

  /** With a finished message. */
  public CheckpointException(String message) {
    super(shown(message));
  }

  /** With the message {@code format} filled with {@code values}. */
  public static CheckpointException of(String format, @Nullable Object... values) {
    return new CheckpointException(String.format(Locale.ROOT, format, values));
  }

  /** With a finished message and what led to it. */
  public CheckpointException(String message, Throwable cause) {
    super(shown(message), cause);
  }

  /**
   * One line without characters that control a terminal or hide text; of a long message the
   * beginning and the end.
   */
  private static String shown(String message) {
    String line = OneLine.of(message).replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    int part = MOST_SHOWN / 2;
    return line.length() <= MOST_SHOWN
        ? line
        : line.substring(0, part) + " ... " + line.substring(line.length() - part);
  }
}
