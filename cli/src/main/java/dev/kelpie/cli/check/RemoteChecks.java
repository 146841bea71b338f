package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.remote.RemoteModelOptions;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.annotate.Annotators;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.remote.Connections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks of the models of servers: each is used by a judge, every judge has one, and its key is
 * there. Nothing is sent.
 */
final class RemoteChecks {
  private RemoteChecks() {}

  /**
   * Checks all of them.
   *
   * @throws ConfigException with the key that is wrong
   */
  static void check(LoadedExperiment loaded, Reward reward) {
    Experiment experiment = loaded.experiment();
    Map<String, RemoteModelOptions> models = RemoteModelOptions.all(experiment);
    Set<String> used = new TreeSet<>(reward.remoteModels());
    loaded
        .check(GroupScoring::of)
        .flatMap(GroupScoring::judge)
        .map(Judge::model)
        .ifPresent(used::add);
    loaded.check(Annotators::judge).map(Judge::model).ifPresent(used::add);
    requireModel(experiment.onlineReward().annotator(), experiment);
    experiment.reward().forEach((name, block) -> requireModel(block, experiment));
    experiment.heldOut().forEach((name, block) -> requireModel(block, experiment));
    requireModel(experiment.compare(), experiment);
    reward
        .evaluationRequests()
        .forEach(
            request -> {
              if (models.containsKey(request.model())) {
                throw new ConfigException(
                    "reward: model "
                        + request.model()
                        + " (expected: a checkpoint or an iterate of the policy, because a model"
                        + " with a url scores no texts by their tokens)");
              }
            });
    models.forEach(
        (name, model) -> {
          if (!used.contains(name)) {
            throw loaded.error(
                "models." + name + ".url",
                model.url(),
                "a judge that asks it, such as reward.NAME { type = judge, model = " + name + " }");
          }
          if (model.timeout().compareTo(experiment.cluster().rewardTimeout()) > 0) {
            throw loaded.error(
                "models." + name + ".timeout",
                model.timeout().toMillis() + " ms",
                "at most cluster.reward-timeout = "
                    + experiment.cluster().rewardTimeout().toMillis()
                    + " ms, the time for all that one response needs");
          }
        });
    models.forEach((name, model) -> Connections.requireKey("models." + name, model.apiKeyEnv()));
    experiment.reward().forEach((name, block) -> requireKey("reward." + name, block));
    experiment.heldOut().forEach((name, block) -> requireKey("held-out." + name, block));
  }

  /** A warning when nothing but the judges that train the policy measures it. */
  static Optional<String> onlyJudges(Experiment experiment) {
    boolean only =
        !experiment.eval().path().isEmpty()
            && experiment.heldOut().isEmpty()
            && !experiment.reward().isEmpty()
            && experiment.reward().values().stream()
                .allMatch(block -> block.type().equals(Optional.of("judge")));
    return only
        ? Optional.of(
            "warning: eval.path: held-out responses are measured by the judges that train the"
                + " policy, and by nothing else (expected: a scorer in held-out, or a reward beside"
                + " them with weight = 0)")
        : Optional.empty();
  }

  /** The key of a reward of a server is there. */
  private static void requireKey(String key, ConfigBlock block) {
    if (block.values().containsKey("url")
        && block.values().get("api-key-env") instanceof String variable) {
      Connections.requireKey(key, variable);
    }
  }

  /** The model of a judge is one of the block {@code models}. */
  private static void requireModel(ConfigBlock block, Experiment experiment) {
    Object model = block.values().get("model");
    if (!block.type().equals(Optional.of("judge")) || !(model instanceof String name)) {
      return;
    }
    Set<String> known = experiment.models().keySet();
    if (!known.contains(name)) {
      throw block.error(
          "model",
          name,
          known.isEmpty()
              ? "a block models." + name + " with a url, a path or a policy"
              : NearestName.expectation(name, known));
    }
  }
}
