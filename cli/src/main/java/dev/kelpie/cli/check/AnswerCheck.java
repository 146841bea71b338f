package dev.kelpie.cli.check;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Purpose;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.RewardException;
import dev.kelpie.rollout.DrawnDirections;
import dev.kelpie.rollout.ReadOptions;
import java.util.Optional;

/** Reads the reference answers of a file as the rewards will, so that a bad one shows at once. */
final class AnswerCheck {
  private AnswerCheck() {}

  /** The same for prompts to train on, which the algorithm reads columns of, too. */
  static ReadOptions andTraining(ReadOptions options, Experiment experiment) {
    if (!AlgorithmChecks.columns(experiment).names().isEmpty()) {
      return options.checking(
          prompt ->
              options
                  .check()
                  .problem(prompt)
                  .or(() -> AlgorithmChecks.refusal(experiment, prompt)));
    }
    return options;
  }

  /**
   * A check that refuses prompts whose answer {@code reward} cannot read, and those of users whom a
   * reward model does not know.
   */
  static ReadOptions.PromptCheck of(Reward reward, Experiment experiment) {
    DrawnDirections directions =
        new DrawnDirections(experiment.directions(), experiment.run().seed());
    ReadOptions.PromptCheck users = UserChecks.ofRows(experiment);
    return prompt -> {
      try {
        reward.checkAnswer(directions.of(prompt, 0, Purpose.ROLLOUT));
        return users.problem(prompt);
      } catch (RewardException e) {
        return Optional.of("reward." + e.getMessage());
      }
    };
  }
}
