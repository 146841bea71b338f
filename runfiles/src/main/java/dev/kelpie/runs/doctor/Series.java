package dev.kelpie.runs.doctor;

import java.util.ArrayList;
import java.util.List;

/** The numbers of one metric by step: the first ones and the newest ones are kept. */
final class Series {
  static final Series NONE = new Series();

  private static final int FIRST = 40;
  private static final int NEWEST = 40;

  private final List<Point> first = new ArrayList<>();
  private final List<Point> newest = new ArrayList<>();
  private long count;
  private long missing;
  private long lastStep = Long.MIN_VALUE;
  private double least = Double.POSITIVE_INFINITY;
  private double most = Double.NEGATIVE_INFINITY;

  /**
   * A number of a step.
   *
   * @param value finite
   */
  record Point(long step, double value) {}

  /** Adds the number of a step that is later than all before; others are left out. */
  void add(long step, double value) {
    if (step <= lastStep) {
      return;
    }
    lastStep = step;
    if (!Double.isFinite(value)) {
      missing++;
      return;
    }
    missing = 0;
    Point point = new Point(step, value);
    count++;
    least = Math.min(least, value);
    most = Math.max(most, value);
    if (first.size() < FIRST) {
      first.add(point);
    }
    newest.add(point);
    if (newest.size() == 2 * NEWEST) {
      newest.subList(0, NEWEST).clear();
    }
  }

  /** Finite numbers so far. */
  long count() {
    return count;
  }

  /** Steps in a row, up to the newest, whose number is not finite. */
  long missing() {
    return missing;
  }

  /** The newest step, finite or not. */
  long lastStep() {
    return lastStep;
  }

  double least() {
    return least;
  }

  double most() {
    return most;
  }

  /** The first {@code size} numbers, or fewer. */
  Window first(int size) {
    return new Window(first.subList(0, Math.min(size, first.size())));
  }

  /** The newest {@code size} numbers, or fewer. */
  Window newest(int size) {
    return new Window(newest.subList(Math.max(0, newest.size() - size), newest.size()));
  }
}
