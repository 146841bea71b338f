package dev.kelpie.config;

import dev.kelpie.files.OneLine;
import org.jspecify.annotations.Nullable;

/**
 * An experiment that cannot be run as it is written. The message is the one line shown to people:
 * key, value, expectation, place.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int MOST_CHARACTERS = 1500;
  private static final int KEPT_AT_START = 700;
  private static final int KEPT_AT_END = 500;

  public ConfigException(String message) {
    super(shortened(OneLine.of(message.strip())));
  }

  /** A value from a file may have any length. */
  private static String shortened(String line) {
    return line.length() <= MOST_CHARACTERS
        ? line
        : line.substring(0, KEPT_AT_START) + " ... " + line.substring(line.length() - KEPT_AT_END);
  }

  /** {@code learner.epochs: 0 (expected: at least 1), configs/x.conf:14}. */
  public static ConfigException at(
      String path, @Nullable Object value, String expectation, String place) {
    String shown = value == null ? "missing" : value.toString();
    return new ConfigException(
        path + ": " + shown + " (expected: " + expectation + ")" + behind(place));
  }

  /** {@code ", place"}, or nothing where no place is known. */
  public static String behind(String place) {
    return place.isEmpty() ? "" : ", " + place;
  }
}
