package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.ScoreRequest.Measure;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.learner.scoring.UserHeadFile;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rollout.ReadOptions;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Checks that a reward model whose scores depend on the user is told one that it knows. */
final class UserChecks {
  private UserChecks() {}

  /**
   * Checks the named model with the head {@code users}.
   *
   * @throws ConfigException with the key that is wrong
   */
  static void require(
      LoadedExperiment loaded, String name, ModelConfig config, UserHead users, ScoringPlan plan) {
    ModelOptions options = Objects.requireNonNull(plan.models().get(name));
    String key = "models." + name;
    if (options.index().isPresent()) {
      throw loaded.error(
          key + ".index",
          options.index().getAsInt(),
          "none, because the score is made of all outputs, by user-head.json");
    }
    if (users.outputs() != config.labels()) {
      throw loaded.error(
          key + ".path",
          options.path(),
          String.format(
              Locale.ROOT,
              "%d labels in config.json, the outputs of user-head.json; it has %d",
              users.outputs(),
              config.labels()));
    }
    if (options.user().isEmpty() && options.userColumn().isEmpty()) {
      throw loaded.error(
          key + ".user",
          null,
          "the user whom it scores for, "
              + NearestName.ofMany("", users.points().keySet())
              + "; or user-column");
    }
    if (!options.user().isEmpty() && !users.points().containsKey(options.user())) {
      throw loaded.error(
          key + ".user",
          options.user(),
          "a user that it was trained with, "
              + NearestName.ofMany(options.user(), users.points().keySet()));
    }
    for (ScoreRequest request : plan.all()) {
      if (request.model().equals(name)
          && request.measure().ofScoreHead()
          && request.measure() != Measure.SCORE) {
        throw loaded.error(
            key + ".path",
            options.path(),
            "a model whose score is one of its outputs; this one makes it of all, by"
                + " user-head.json, and has no probability and no terms");
      }
    }
  }

  /** Refuses a user of a model whose scores do not depend on users. */
  static void requireNone(LoadedExperiment loaded, String name, ModelOptions options) {
    if (!options.user().isEmpty() || !options.userColumn().isEmpty()) {
      throw loaded.error(
          "models." + name + (options.user().isEmpty() ? ".user-column" : ".user"),
          options.user().isEmpty() ? options.userColumn() : options.user(),
          "none, because the model has no user-head.json");
    }
  }

  /** A check that refuses rows whose user is unknown to a model that is told it by a column. */
  static ReadOptions.PromptCheck ofRows(Experiment experiment) {
    Map<String, ModelOptions> told = new TreeMap<>();
    Map<String, UserHead> heads = new TreeMap<>();
    ModelOptions.all(experiment)
        .forEach(
            (name, options) -> {
              if (!options.userColumn().isEmpty()) {
                UserHeadFile.read(Path.of(options.path()))
                    .ifPresent(
                        head -> {
                          told.put(name, options);
                          heads.put(name, head);
                        });
              }
            });
    return prompt -> {
      for (Map.Entry<String, ModelOptions> model : told.entrySet()) {
        String column = model.getValue().userColumn();
        String user = prompt.metadata().getOrDefault(column, "");
        UserHead head = Objects.requireNonNull(heads.get(model.getKey()));
        if (!head.points().containsKey(user)) {
          return Optional.of(
              String.format(
                  Locale.ROOT,
                  "models.%s.user-column: %s: %s (expected: a user that it was trained with, %s)",
                  model.getKey(),
                  column,
                  user.isEmpty() ? "missing" : user,
                  NearestName.ofMany(user, head.points().keySet())));
        }
      }
      return Optional.empty();
    };
  }
}
