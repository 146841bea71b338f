package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.experience.reward.PreferenceHead;
import java.util.function.ToDoubleBiFunction;

/** How the outputs of a model for the two responses of a pair become their scores. */
@FunctionalInterface
interface PairScores {
  /** The score of the chosen response and that of the rejected one. */
  double[] of(ScorePair pair, float[] chosen, float[] rejected);

  /**
   * Those of a model that is trained by {@code loss}: the outputs themselves; of a preference head
   * half of the log-odds, with opposite signs; of a user head the scores for the pair's user.
   *
   * @param users the score of a vector for a user
   */
  static PairScores by(ScoreLoss loss, ToDoubleBiFunction<float[], String> users) {
    if (loss.head().isPresent()) {
      PreferenceHead head = loss.head().get();
      return (pair, chosen, rejected) -> {
        double half = head.logOdds(chosen, rejected) / 2;
        return new double[] {half, -half};
      };
    }
    if (loss.outputs() == 1) {
      return (pair, chosen, rejected) -> new double[] {chosen[0], rejected[0]};
    }
    return (pair, chosen, rejected) ->
        new double[] {
          users.applyAsDouble(chosen, pair.user()), users.applyAsDouble(rejected, pair.user())
        };
  }
}
