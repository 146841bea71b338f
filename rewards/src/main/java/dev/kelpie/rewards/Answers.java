package dev.kelpie.rewards;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.util.Map;

/** Steps shared by the rewards that compare a response with the reference answer. */
final class Answers {
  private Answers() {}

  /** The prompt's reference answer without white space around it. */
  static String of(Trajectory trajectory) throws RewardException {
    return trajectory
        .prompt()
        .answer()
        .map(String::strip)
        .orElseThrow(
            () ->
                new RewardException(
                    "prompt " + trajectory.prompt().id() + " has no answer (data.answer)"));
  }

  /** Whether the response ended by a stop token. */
  static boolean stopped(Trajectory trajectory) {
    return trajectory.finishReason() == FinishReason.STOP;
  }

  /** 1 or 0. */
  static Score score(boolean right) {
    return new Score(right ? 1 : 0, Map.of());
  }
}
