package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores a few prompts with their own reference answers as responses, so that a reward that cannot
 * be loaded, reached or applied to this data shows before the run.
 */
record RewardTrial(Reward reward, Experiment experiment, Tokenizer tokenizer) {
  private static final PolicyVersion START = new PolicyVersion(0);

  /**
   * Returns the scores.
   *
   * @throws ConfigException with the reason of the first failure
   */
  String run(List<Prompt> prompts) throws InterruptedException {
    List<String> scores = new ArrayList<>();
    for (Prompt prompt : prompts) {
      RewardOutcome outcome =
          Rewards.score(
              reward, answering(prompt, scores.size()), experiment.cluster().rewardTimeout());
      if (outcome instanceof RewardOutcome.Failed failed) {
        throw new ConfigException("reward: prompt " + prompt.id() + ": " + failed.reason());
      }
      scores.add(String.valueOf(((RewardOutcome.Scored) outcome).score().value()));
    }
    return "reference answers as responses score " + String.join(", ", scores);
  }

  private Trajectory answering(Prompt prompt, int index) {
    return response(experiment, tokenizer, prompt, prompt.answer().orElse(""), index, 0);
  }

  /** A response of the text {@code text}, as if it had been sampled. */
  static Trajectory response(
      Experiment experiment,
      Tokenizer tokenizer,
      Prompt prompt,
      String text,
      int group,
      int sample) {
    TokenIds response = tokenizer.encode(text, false);
    return new Trajectory(
        new SampleId(new GroupId(Purpose.ROLLOUT, 0, group), sample, 0),
        prompt,
        response,
        text,
        PerToken.constant(0, response.length()),
        PerToken.constant(0, response.length()),
        TokenVersions.uniform(START, response.length()),
        FinishReason.STOP,
        Origin.POLICY,
        RunInputs.sampling(experiment.rollout(), experiment.rollout().temperature()));
  }
}
