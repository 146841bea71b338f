package dev.kelpie.actors.plan;

/** Which units of a run have their responses scored by models. */
public enum ScoringNeed {
  /** None. */
  NONE,
  /** Those that are trained on. */
  TRAINING,
  /** All, evaluations too, and before their rewards: rewards need the numbers. */
  REWARDS;

  /** Whether a unit is scored by models. */
  boolean of(boolean evaluation) {
    return this == REWARDS || (this == TRAINING && !evaluation);
  }
}
