package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.learner.scoring.PreferenceHeadFile;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.learner.scoring.UserHeadFile;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** Checks that classifiers score, that language models do the rest, and which label counts. */
final class HeadChecks {
  private HeadChecks() {}

  /**
   * Checks a named model against everything that it is used for.
   *
   * @throws ConfigException with the key that is wrong
   */
  static void require(LoadedExperiment loaded, String name, ModelConfig config, ScoringPlan plan) {
    ModelOptions options = Objects.requireNonNull(plan.models().get(name));
    boolean compares =
        !options.path().isEmpty() && PreferenceHeadFile.read(Path.of(options.path())).isPresent();
    for (ScoreRequest request : plan.all()) {
      boolean asked = request.model().equals(name);
      if (asked && compares && request.measure() != Measure.GAP) {
        throw loaded.error(
            "models." + name + ".path",
            options.path(),
            "a model that scores one response; this one compares two, by its preference-head.json,"
                + " for the reward gap");
      }
      if (asked && !compares && request.measure() == Measure.GAP) {
        throw loaded.error(
            "models." + name + ".path",
            options.path(),
            "a model that compares two responses, of the loss general-preference; this one has no"
                + " preference-head.json");
      }
    }
    Optional<UserHead> users =
        options.path().isEmpty() ? Optional.empty() : UserHeadFile.read(Path.of(options.path()));
    if (users.isPresent()) {
      UserChecks.require(loaded, name, config, users.get(), plan);
    } else {
      UserChecks.requireNone(loaded, name, options);
      if (!compares) {
        requireLabel(loaded, name, config, options);
      }
    }
    for (ScoreRequest request : plan.all()) {
      if (!request.model().equals(name)) {
        continue;
      }
      boolean steps = request.measure() == Measure.STEPS;
      if (steps && !config.labelsTokens()) {
        throw loaded.error(
            "models." + name + ".path",
            options.path(),
            "a process reward model (...ForTokenClassification), because steps are judged by it; "
                + config.architecture()
                + " has no outputs for tokens");
      }
      if (!steps && request.measure().ofScoreHead() && config.labelsTokens()) {
        throw loaded.error(
            "models." + name + ".path",
            options.path(),
            "a classifier (...ForSequenceClassification), because a score is asked of it; a "
                + config.architecture()
                + " judges steps, for the reward process");
      }
      if (request.measure().ofScoreHead() && config.labels() == 0) {
        throw noHead(loaded, "models." + name + ".path", options.path(), config.architecture());
      }
      if (!request.measure().ofWholeText() && config.labels() > 0) {
        throw loaded.error(
            "models." + name + ".path",
            options.path(),
            "a language model, because log-probabilities are asked of it; a "
                + config.architecture()
                + " has none");
      }
    }
    boolean samples =
        Members.of(loaded.experiment()).sampled().values().stream()
            .anyMatch(member -> member.model().equals(name));
    if (samples && config.labels() > 0) {
      throw loaded.error(
          "models." + name + ".path",
          options.path(),
          "a language model, because a member samples with it; this is a " + config.architecture());
    }
  }

  private static void requireLabel(
      LoadedExperiment loaded, String name, ModelConfig config, ModelOptions options) {
    String key = "models." + name + ".index";
    if (options.index().isPresent() && options.index().getAsInt() >= Math.max(1, config.labels())) {
      throw loaded.error(
          key,
          options.index().getAsInt(),
          String.format(
              Locale.ROOT,
              "%s; %s has %s labels",
              config.labels() == 0 ? "none" : "below " + config.labels(),
              options.path(),
              config.labels()));
    }
    if (options.index().isEmpty()
        && config.labels() > 1
        && !(config.labelsTokens() && config.labels() == 2)) {
      throw loaded.error(
          key,
          null,
          String.format(
              Locale.ROOT,
              "which of the %s labels of %s is its score, from 0",
              config.labels(),
              options.path()));
    }
  }

  /** Refuses scores of an iterate of the policy, which has no score head. */
  static void requireNone(LoadedExperiment loaded, String name, ScoringPlan plan) {
    for (ScoreRequest request : plan.all()) {
      if (request.model().equals(name) && request.measure().ofScoreHead()) {
        throw noHead(
            loaded,
            "models." + name + ".policy",
            Objects.requireNonNull(plan.models().get(name)).policy(),
            "the policy");
      }
    }
  }

  private static ConfigException noHead(
      LoadedExperiment loaded, String key, String value, String what) {
    return loaded.error(
        key,
        value,
        "a classifier (...ForSequenceClassification), because a score is asked of it; "
            + what
            + " has no score head");
  }

  /** Refuses a classifier where responses are sampled or have log-probabilities. */
  static void requireLanguageModel(LoadedExperiment loaded, String key, Path folder) {
    ModelConfig config = ModelConfig.open(folder);
    if (config.labels() > 0) {
      throw loaded.error(
          key, folder, "a language model; a " + config.architecture() + " has no vocabulary head");
    }
  }
}
