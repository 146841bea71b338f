package dev.kelpie.rewards;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.ScoredTrajectory;

/** What came of an attempt to score a response: a score, or the reason why there is none. */
public sealed interface Scoring {
  /** The response has a reward. */
  record Scored(ScoredTrajectory trajectory) implements Scoring {}

  /** The reward threw, took too long, or answered with something that is not a number. */
  record Failed(FailedTrajectory trajectory) implements Scoring {}
}
