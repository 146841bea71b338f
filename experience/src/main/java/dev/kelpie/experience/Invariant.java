package dev.kelpie.experience;

/** Checks of the records in this package, for their compact constructors. */
final class Invariant {
  private Invariant() {}

  static void that(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
