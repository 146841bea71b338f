package dev.kelpie.rewards;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;

/**
 * Says how good a response is.
 *
 * <p>A reward is called from several threads at once. It may be slow, and is interrupted when its
 * time is over. What it cannot judge it answers with an exception, whose message people see: such a
 * sample counts as failed, is never trained on, and is not a 0.
 */
public interface Reward {
  /**
   * The score of one response. The text is {@code trajectory.text()}, the reference answer {@code
   * trajectory.prompt().answer()}, further columns of the data set {@code
   * trajectory.prompt().metadata()}.
   *
   * @throws Exception if there is no score, for whatever reason
   */
  Score score(Trajectory trajectory) throws Exception;

  /**
   * Tells this reward, with its options, from every other that would give other numbers; recorded
   * with the run.
   */
  String version();
}
