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
import dev.kelpie.model.tokens.Vocabulary;
import dev.kelpie.rewards.Reward;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Checks of the named models of an experiment and of those that members sample with: each is used,
 * its checkpoint is whole and has the policy's vocabulary, or its own tokenizer, and what it scores
 * has a token.
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
                requireVocabulary(loaded, name, policy, folder, plan);
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
    if (!loaded.experiment().onlineReward().path().isEmpty()) {
      String key = "online-reward.path";
      requireSameVocabulary(loaded, policy, loaded.folder(key, "a checkpoint folder"), key);
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

  /** The models that are trained in the loop start from folders that are there. */
  static void requireFolders(LoadedExperiment loaded) {
    if (!loaded.experiment().processReward().path().isEmpty()) {
      loaded.folder("process-reward.path", "a checkpoint folder");
    }
    if (!loaded.experiment().onlineReward().path().isEmpty()) {
      loaded.folder("online-reward.path", "a checkpoint folder");
    }
  }

  /** Refuses a model in {@code folder}, which {@code key} names, of another vocabulary. */
  static void requireSameVocabulary(LoadedExperiment loaded, Path policy, Path folder, String key) {
    if (!Vocabulary.isSame(policy, folder)) {
      int wanted = ModelConfig.open(policy).vocabularySize();
      int found = ModelConfig.open(folder).vocabularySize();
      throw loaded.error(
          key,
          folder,
          found == wanted
              ? "a model of the policy's vocabulary: its tokenizer.json has other tokens"
              : String.format(
                  Locale.ROOT,
                  "a model of the policy's vocabulary: it has %s tokens, the policy %s",
                  found,
                  wanted));
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      checkpoint.requireFinite();
    }
  }

  /**
   * Checks the vocabulary of a named model: the policy's, or another one where whole texts are all
   * that it scores, which are then encoded anew.
   */
  private static void requireVocabulary(
      LoadedExperiment loaded, String name, Path policy, Path folder, ScoringPlan plan) {
    String key = "models." + name + ".path";
    boolean whole =
        plan.all().stream()
            .filter(request -> request.model().equals(name))
            .allMatch(request -> request.measure().ofWholeText());
    boolean sampled =
        Members.of(loaded.experiment()).byName().values().stream()
            .anyMatch(member -> member.model().equals(name));
    if (!whole || sampled || Vocabulary.isSame(policy, folder)) {
      requireSameVocabulary(loaded, policy, folder, key);
      return;
    }
    if (!Vocabulary.isWritten(folder)) {
      throw loaded.error(
          key,
          folder,
          "a model of the policy's vocabulary, or one with a tokenizer.json, by which texts are"
              + " encoded anew");
    }
    if (loaded.experiment().data().chat()) {
      throw loaded.error(
          key,
          folder,
          "a model of the policy's vocabulary, because data.chat = true: prompts are rendered by"
              + " the policy's chat template, whose special tokens another tokenizer does not"
              + " have");
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      checkpoint.requireFinite();
    }
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
