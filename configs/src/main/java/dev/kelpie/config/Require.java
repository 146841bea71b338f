package dev.kelpie.config;

import java.time.Duration;
import java.util.Collection;
import java.util.Locale;

/**
 * Checks of option records, for their compact constructors. A failed check throws an {@link
 * IllegalArgumentException} whose message starts with the option's key, {@code clip-low: 1.5
 * (expected: in (0, 1))}; {@link RecordBinder} completes it with the path before it and the place
 * behind it.
 */
public final class Require {
  private Require() {}

  /** Throws with {@code message} filled with {@code values} unless {@code holds}. */
  public static void that(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, message, values));
    }
  }

  /** {@code value >= least}. */
  public static void atLeast(String key, long value, long least) {
    that(value >= least, "%s: %s (expected: at least %s)", key, value, least);
  }

  /** {@code value >= least}, and finite. */
  public static void atLeast(String key, double value, double least) {
    that(
        value >= least && Double.isFinite(value),
        "%s: %s (expected: at least %s)",
        key,
        value,
        least);
  }

  /** {@code value > 0}, and finite. */
  public static void positive(String key, double value) {
    that(value > 0 && Double.isFinite(value), "%s: %s (expected: above 0)", key, value);
  }

  /** {@code value > 0}. */
  public static void positive(String key, Duration value) {
    that(
        !value.isZero() && !value.isNegative(),
        "%s: %s ms (expected: above 0)",
        key,
        value.toMillis());
  }

  /** {@code low <= value <= high}, whole numbers. */
  public static void within(String key, long value, long low, long high) {
    that(value >= low && value <= high, "%s: %s (expected: in [%s, %s])", key, value, low, high);
  }

  /** {@code low <= value <= high}. */
  public static void within(String key, double value, double low, double high) {
    that(value >= low && value <= high, "%s: %s (expected: in [%s, %s])", key, value, low, high);
  }

  /** {@code value} is one of {@code names}; the message names the nearest. */
  public static void oneOf(String key, String value, Collection<String> names) {
    that(
        names.contains(value),
        "%s: %s (expected: %s)",
        key,
        value,
        NearestName.expectation(value, names));
  }
}
