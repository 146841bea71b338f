package dev.kelpie.experience.waiting;

import java.time.Duration;
import java.time.Instant;

/**
 * {@code who} waits for {@code what}.
 *
 * @param who name of the actor that waits
 * @param what in words: "its responses of step-12-unit-3"
 * @param work the kind of work that is missing
 * @param worker name of the actor that does it; empty when nobody does
 * @param since when that actor was given the work, or when it was first missing
 */
public record Wait(String who, String what, Work work, String worker, Instant since) {
  private static final String COORDINATOR = "coordinator";

  /** The same by a clock that is ahead by {@code drift}. */
  Wait shifted(Duration drift) {
    return new Wait(who, what, work, worker, since.plus(drift));
  }

  /** The coordinator waits for work of {@code worker}; empty: of somebody who takes it. */
  public static Wait of(String what, Work work, String worker, Instant since) {
    return new Wait(COORDINATOR, what, work, worker, since);
  }

  /** The coordinator waits for the learner. */
  public static Wait ofLearner(String what, Work work, Instant since) {
    return of(what, work, "learner", since);
  }

  /** A run that starts waits for its policy. */
  public static Wait toOpen(Instant since) {
    return ofLearner("the policy to be opened", Work.OPEN, since);
  }

  /** A paused run waits for a person. */
  public static Wait toResume(Instant since) {
    return of("a request to resume", Work.REQUEST, "", since);
  }
}
