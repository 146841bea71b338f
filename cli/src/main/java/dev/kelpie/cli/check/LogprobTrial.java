package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.learner.scoring.NamedModels;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rewards.judge.LogprobJudge;
import dev.kelpie.rewards.judge.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One real verdict of a judge that is a model of the run, before the run: iterates of the policy
 * are at its start.
 */
record LogprobTrial(Experiment experiment, String key, LogprobJudge judge) {
  /**
   * The verdict on reference answers.
   *
   * @param texts what is judged: one, or two that are compared as responses of a group
   * @throws ConfigException when there is none
   */
  Verdict ask(Prompt prompt, List<String> texts) {
    ScoringPlan plan =
        new ScoringPlan(
            List.of(), judge.requests(), ModelOptions.all(experiment), experiment.reference());
    List<Trajectory> responses = new ArrayList<>();
    List<SampleNumbers> numbers = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(Path.of(experiment.policy().path()));
        NamedModels models = NamedModels.open(experiment, plan)) {
      for (int i = 0; i < texts.size(); i++) {
        responses.add(RewardTrial.response(experiment, tokenizer, prompt, texts.get(i), 0, i));
      }
      Map<String, Map<SampleId, PerToken>> scored = models.score(responses);
      responses.forEach(response -> numbers.add(SampleNumbers.of(scored, response.id())));
    }
    Optional<Verdict> verdict =
        texts.size() == 1
            ? judge.verdict(responses.get(0), numbers.get(0))
            : judge.compare(
                responses.get(0), numbers.get(0), 0, responses.get(1), numbers.get(1), 0);
    return verdict.orElseThrow(
        () ->
            new ConfigException(
                key
                    + ": no verdict of "
                    + judge.judge().model()
                    + " on the reference answer of "
                    + prompt.id()
                    + " (expected: a filled template within its positions)"));
  }
}
