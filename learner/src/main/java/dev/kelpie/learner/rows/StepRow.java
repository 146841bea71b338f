package dev.kelpie.learner.rows;

import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;

/**
 * A response of a training step.
 *
 * @param group index of its group within the step
 * @param trained whether it is part of the loss
 * @param prompt the prompt that it is looked at under; most often its own
 * @param promptKey rows with the same number have the same prompt
 */
public record StepRow(
    ScoredTrajectory scored, int group, boolean trained, TokenIds prompt, int promptKey) {
  /** A response under its own prompt. */
  public StepRow(ScoredTrajectory scored, int group, boolean trained) {
    this(scored, group, trained, scored.trajectory().prompt().tokens(), group);
  }

  /** The response with its prompt. */
  public Trajectory trajectory() {
    return scored.trajectory();
  }

  /** Number of its tokens. */
  public int length() {
    return trajectory().response().length();
  }
}
