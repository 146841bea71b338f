package dev.kelpie.experience;

/** A trajectory with its reward. */
public record ScoredTrajectory(Trajectory trajectory, Score score) {
  /** The scalar reward. */
  public float reward() {
    return score.value();
  }
}
