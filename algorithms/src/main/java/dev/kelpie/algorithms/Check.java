package dev.kelpie.algorithms;

/** Checks options and inputs; the message has the name, the value and what is expected. */
public final class Check {
  private Check() {}

  /** Throws {@link IllegalArgumentException} with the formatted message unless {@code holds}. */
  public static void check(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
