package dev.kelpie.cli.cluster;

import dev.kelpie.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Refuses values of options, naming the option. */
final class OptionValues {
  private OptionValues() {}

  static void requireWithin(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ConfigException(
          option + ": " + value + " (expected: in [" + least + ", " + most + "])");
    }
  }

  /** Refuses a value that does not match; an option that was not given has none. */
  static void requireMatch(String option, @Nullable String value, String pattern, String expected) {
    if (value != null && !value.matches(pattern)) {
      throw new ConfigException(option + ": " + value + " (expected: " + expected + ")");
    }
  }
}
