package dev.kelpie.experience;

import java.util.Comparator;

/** Names one attempt at a unit of rollout work; ordered by step, purpose, unit, attempt. */
public record UnitId(Purpose purpose, long step, int unit, int attempt)
    implements Comparable<UnitId> {
  private static final Comparator<UnitId> ORDER =
      Comparator.comparingLong(UnitId::step)
          .thenComparing(UnitId::purpose)
          .thenComparingInt(UnitId::unit)
          .thenComparingInt(UnitId::attempt);

  public static UnitId of(RolloutUnit unit) {
    return new UnitId(unit.purpose(), unit.step(), unit.unit(), unit.attempt());
  }

  /** The same work issued once more. */
  public UnitId retry() {
    return withAttempt(attempt + 1);
  }

  public UnitId withAttempt(int number) {
    return new UnitId(purpose, step, unit, number);
  }

  public boolean isEval() {
    return purpose == Purpose.EVAL;
  }

  @Override
  public int compareTo(UnitId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return (isEval() ? "eval-" : "step-")
        + step
        + "-unit-"
        + unit
        + (attempt == 0 ? "" : "-attempt-" + attempt);
  }
}
