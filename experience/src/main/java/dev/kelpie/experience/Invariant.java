package dev.kelpie.experience;

import java.util.Locale;

/** Checks of the records that are sent or stored, for their compact constructors. */
public final class Invariant {
  private Invariant() {}

  /** Throws with {@code message} filled with {@code values} unless {@code holds}. */
  public static void that(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, message, values));
    }
  }
}
