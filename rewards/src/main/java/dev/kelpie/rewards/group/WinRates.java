package dev.kelpie.rewards.group;

/** Win rates as numbers that were added up in different orders. */
final class WinRates {
  static final double TOLERANCE = 1e-9;

  private WinRates() {}

  /** Whether two win rates differ by rounding at most. */
  static boolean equal(double first, double second) {
    return Math.abs(first - second) <= TOLERANCE;
  }
}
