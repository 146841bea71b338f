package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.tokens.TokenizerJson;
import dev.kelpie.rewards.Reward;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Checks of the named models of an experiment and of those that members sample with: each is used,
 * its checkpoint is whole and has the policy's vocabulary, and what it scores has a token.
 */
final class ModelChecks {
  private ModelChecks() {}

  /**
   * Checks all models; the names of those that have one.
   *
   * @throws ConfigException with the key that is wrong
   */
  static String check(LoadedExperiment loaded, Reward reward) {
    RemoteChecks.check(loaded, reward);
    ScoringPlan plan = loaded.check(made -> RunInputs.plan(made, reward));
    Path policy = RunInputs.policy(loaded);
    plan.models()
        .forEach(
            (name, model) -> {
              if (!model.path().isEmpty()) {
                String key = "models." + name + ".path";
                Path folder = loaded.folder(key, "a checkpoint folder");
                requireSameVocabulary(loaded, policy, folder, key);
                HeadChecks.require(loaded, name, ModelConfig.open(folder), plan);
              } else {
                HeadChecks.requireNone(loaded, name, plan);
              }
            });
    Members.of(loaded.experiment())
        .sampled()
        .forEach(
            (name, member) -> {
              if (!member.path().isEmpty() && member.model().isEmpty()) {
                String key = "members." + name + ".path";
                Path folder = loaded.folder(key, "a checkpoint folder");
                requireSameVocabulary(loaded, policy, folder, key);
                HeadChecks.requireLanguageModel(loaded, key, folder);
              }
            });
    if (!loaded.experiment().processReward().path().isEmpty()) {
      String key = "process-reward.path";
      Path folder = loaded.folder(key, "a checkpoint folder");
      requireSameVocabulary(loaded, policy, folder, key);
      HeadChecks.requireLanguageModel(loaded, key, folder);
    }
    if (!loaded.experiment().reference().path().isEmpty()) {
      String key = "reference.path";
      HeadChecks.requireLanguageModel(loaded, key, loaded.folder(key, "a checkpoint folder"));
    }
    if (plan.models().isEmpty()) {
      return "none";
    }
    requireTokens(policy, plan.ofRewards());
    ChoiceChecks.require(loaded, policy);
    return String.join(", ", plan.models().keySet());
  }

  private static void requireSameVocabulary(
      LoadedExperiment loaded, Path policy, Path folder, String key) {
    int wanted = ModelConfig.open(policy).vocabularySize();
    int found = ModelConfig.open(folder).vocabularySize();
    if (found != wanted) {
      throw loaded.error(
          key,
          folder,
          String.format(
              Locale.ROOT,
              "a model of the policy's vocabulary: it has %s tokens, the policy %s",
              found,
              wanted));
    }
    if (Files.exists(folder.resolve(TokenizerJson.FILE)) && !sameTokens(policy, folder)) {
      throw loaded.error(
          key, folder, "a model of the policy's vocabulary: its tokenizer.json has other tokens");
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      checkpoint.requireFinite();
    }
  }

  private static boolean sameTokens(Path policy, Path folder) {
    var own = TokenizerJson.open(policy).json();
    var other = TokenizerJson.open(folder).json();
    return own.at("/model/vocab").equals(other.at("/model/vocab"))
        && own.at("/added_tokens").equals(other.at("/added_tokens"));
  }

  /** A text that is the same for every response has to have a token. */
  private static void requireTokens(Path policy, List<ScoreRequest> requests) {
    try (Tokenizer tokenizer = Tokenizer.open(policy)) {
      for (ScoreRequest request : requests) {
        boolean fixed = TextTemplate.of(request.continuation()).placeholders().isEmpty();
        if (!request.ofResponse()
            && request.measure() != Measure.CHOICES
            && fixed
            && tokenizer.encode(request.continuation(), false).length() == 0) {
          throw new ConfigException(
              String.format(
                  Locale.ROOT,
                  "reward: text %s for the model %s (expected: no empty continuation)",
                  request.continuation(),
                  request.model()));
        }
      }
    }
  }
}
