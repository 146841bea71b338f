package dev.kelpie.runs.doctor;

import java.util.Locale;
import java.util.Optional;

/** How a metric of the newest steps differs from that of the first ones. */
record Change(String metric, Window before, Window after) {
  /** How many standard errors a difference must have to be one. */
  private static final double ERRORS = 3;

  /** The change of {@code metric}, once there are twice {@code size} numbers. */
  static Optional<Change> of(History history, String metric, int size) {
    Series series = history.of(metric);
    return series.count() < 2L * size
        ? Optional.empty()
        : Optional.of(new Change(metric, series.first(size), series.newest(size)));
  }

  double difference() {
    return after.mean() - before.mean();
  }

  private double error() {
    return Math.hypot(before.error(), after.error());
  }

  /** Whether it is higher, by more than the steps differ from each other. */
  boolean rises() {
    return difference() > 0 && difference() >= ERRORS * error();
  }

  /** Whether it is lower, by more than the steps differ from each other. */
  boolean falls() {
    return difference() < 0 && -difference() >= ERRORS * error();
  }

  /** {@code reward/mean 0.4 -> 0.9}. */
  String words() {
    return metric + " " + number(before.mean()) + " -> " + number(after.mean());
  }

  /** {@code steps 1 to 5 against 16 to 20}. */
  String steps() {
    return before.steps() + " against " + after.from() + " to " + after.to();
  }

  /** A number in at most four digits. */
  static String number(double value) {
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e6) {
      return String.format(Locale.ROOT, "%.0f", value + 0.0);
    }
    return size < 0.001 || size >= 1e5
        ? String.format(Locale.ROOT, "%.1e", value)
        : String.format(Locale.ROOT, size < 1 ? "%.3f" : size < 100 ? "%.2f" : "%.0f", value);
  }
}
