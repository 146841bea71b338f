package dev.kelpie.actors.plan;

import dev.kelpie.experience.UnitId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a rollout worker makes of its orders: it works on one unit at a time and remembers its last
 * answer. An order for the unit that it answered last means that the answer was lost.
 *
 * @param <A> an answer
 */
public final class UnitAtHand<A> {
  private @Nullable UnitId working;
  private @Nullable UnitId answered;
  private @Nullable A answer;

  /** What to do with an order. */
  public enum Next {
    /** Begin the unit. */
    BEGIN,
    /** Send the last answer again. */
    REPEAT,
    /** Nothing, because another unit is at hand. */
    IGNORE
  }

  /** Takes an order; a unit that begins is at hand from now on. */
  public Next order(UnitId unit) {
    if (unit.equals(answered)) {
      return Next.REPEAT;
    }
    if (working != null) {
      return Next.IGNORE;
    }
    working = unit;
    return Next.BEGIN;
  }

  /** The unit at hand is done. */
  public void done(UnitId unit, A result) {
    working = null;
    answered = unit;
    answer = result;
  }

  /** The unit at hand could not be done. */
  public void failed() {
    working = null;
  }

  /** Whether no unit is at hand. */
  public boolean isFree() {
    return working == null;
  }

  /** The last answer; there is one after {@link Next#REPEAT}. */
  public A lastAnswer() {
    return Objects.requireNonNull(answer, "no answer yet");
  }
}
