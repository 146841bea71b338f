package dev.kelpie.config;

import org.jspecify.annotations.Nullable;

/**
 * An experiment that cannot be run as it is written. The message is the one line shown to people:
 * key, value, expectation, place.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message.lines().map(String::strip).reduce("", (a, b) -> a.isEmpty() ? b : a + " " + b));
  }

  /** {@code learner.epochs: 0 (expected: at least 1), configs/x.conf:14}. */
  static ConfigException at(String path, @Nullable Object value, String expectation, String place) {
    String shown = value == null ? "missing" : value.toString();
    return new ConfigException(
        path + ": " + shown + " (expected: " + expectation + ")" + behind(place));
  }

  /** {@code ", place"}, or nothing where no place is known. */
  static String behind(String place) {
    return place.isEmpty() ? "" : ", " + place;
  }
}
