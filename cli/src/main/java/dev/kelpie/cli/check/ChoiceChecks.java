package dev.kelpie.cli.check;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.learner.scoring.ChoiceTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.rewards.judge.LogprobJudge;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Checks that each choice of a judge which is a model of the run is one token. */
final class ChoiceChecks {
  private ChoiceChecks() {}

  /** Those judges, by their blocks. */
  static Map<String, LogprobJudge> judges(Experiment experiment) {
    Map<String, LogprobJudge> judges = new TreeMap<>(Rewards.logprobJudges(experiment));
    GroupScoring.of(experiment)
        .flatMap(GroupScoring::logprobJudge)
        .ifPresent(judge -> judges.put("compare", judge));
    return judges;
  }

  /** The tokens of what a judge is asked, without what its placeholders stand for. */
  private static TokenIds written(String key, ScoreRequest request, Tokenizer tokenizer) {
    try {
      return tokenizer.encode(TextTemplate.of(request.prefix()).fill(name -> ""), false);
    } catch (CheckpointException e) {
      throw new IllegalArgumentException(
          key + ".template-path: " + e.getMessage() + " (expected: a text in the policy's tokens)",
          e);
    }
  }

  /**
   * Checks all of them.
   *
   * @param policy the folder whose tokens they are asked in
   * @throws dev.kelpie.config.ConfigException with the choice that is not one token
   */
  static void require(LoadedExperiment loaded, Path policy) {
    Map<String, LogprobJudge> judges = loaded.check(ChoiceChecks::judges);
    if (judges.isEmpty()) {
      return;
    }
    boolean chat = loaded.experiment().data().chat();
    try (Tokenizer tokenizer = Tokenizer.open(policy)) {
      judges.forEach(
          (key, judge) -> {
            for (ScoreRequest request : judge.requests()) {
              loaded.check(made -> written(key, request, tokenizer));
              loaded.check(
                  made -> {
                    try {
                      return ChoiceTokens.of(request, tokenizer, chat);
                    } catch (IllegalArgumentException e) {
                      throw new IllegalArgumentException(key + ".choices: " + e.getMessage(), e);
                    }
                  });
            }
          });
    }
  }
}
