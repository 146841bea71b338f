package dev.kelpie.experience;

import java.util.Comparator;

/**
 * Names one attempt at a unit of rollout work; ordered by step, purpose, unit, attempt.
 *
 * @param purpose rollout or evaluation
 * @param step the step that the samples are for
 * @param unit number of the unit within its step
 * @param attempt how often the unit was issued before
 */
public record UnitId(Purpose purpose, long step, int unit, int attempt)
    implements Comparable<UnitId> {
  private static final Comparator<UnitId> ORDER =
      Comparator.comparingLong(UnitId::step)
          .thenComparing(UnitId::purpose)
          .thenComparingInt(UnitId::unit)
          .thenComparingInt(UnitId::attempt);

  /** The next attempt at the same work. */
  public UnitId retry() {
    return withAttempt(attempt + 1);
  }

  /** Attempt {@code number} at the same work. */
  public UnitId withAttempt(int number) {
    return new UnitId(purpose, step, unit, number);
  }

  /** Whether the unit is for an evaluation. */
  public boolean isEval() {
    return purpose == Purpose.EVAL;
  }

  @Override
  public int compareTo(UnitId other) {
    return ORDER.compare(this, other);
  }

  /** {@code step-3-unit-0}, {@code eval-3-unit-0-attempt-1}: names of files and in the journal. */
  @Override
  public String toString() {
    return (isEval() ? "eval-" : "step-")
        + step
        + "-unit-"
        + unit
        + (attempt == 0 ? "" : "-attempt-" + attempt);
  }
}
