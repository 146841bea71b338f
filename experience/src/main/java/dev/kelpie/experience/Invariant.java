package dev.kelpie.experience;

/** Invariants of the records in this package. */
final class Invariant {
  private Invariant() {}

  static void that(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
