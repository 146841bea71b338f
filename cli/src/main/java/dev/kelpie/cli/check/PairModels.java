package dev.kelpie.cli.check;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.learner.reward.MeasuredPairs;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The reward models that {@code reward-model.strength} has measure the pairs of a training. */
final class PairModels {
  private static final String KEY = "reward-model.strength.models";

  private PairModels() {}

  /**
   * The pairs with what the models say of them; empty if no models are named.
   *
   * @throws dev.kelpie.config.ConfigException if a name has no reward model of one score and the
   *     policy's vocabulary
   */
  static Optional<MeasuredPairs> measure(LoadedExperiment loaded, Path policy, PromptSource pairs) {
    Experiment experiment = loaded.experiment();
    RewardModelOptions.Strength options = experiment.rewardModel().strength();
    if (!options.used()) {
      return Optional.empty();
    }
    Map<String, ModelOptions> all = ModelOptions.all(experiment);
    List<Path> folders = new ArrayList<>();
    for (String name : options.models()) {
      ModelOptions model = all.get(name);
      if (model == null || model.path().isEmpty()) {
        throw loaded.error(
            KEY,
            name,
            all.isEmpty()
                ? "a block models." + name + " with a path"
                : "a model with a path of the block models, "
                    + NearestName.expectation(name, all.keySet()));
      }
      String key = "models." + name + ".path";
      Path folder = loaded.folder(key, "a reward model's folder");
      ModelConfig config = ModelConfig.open(folder);
      if (config.labels() != 1 || config.labelsTokens()) {
        throw loaded.error(
            key,
            folder,
            String.format(
                Locale.ROOT,
                "a reward model with one score; this %s has %d labels",
                config.architecture(),
                config.labels()));
      }
      ModelChecks.requireSameVocabulary(loaded, policy, folder, key);
      folders.add(folder);
    }
    return Optional.of(MeasuredPairs.of(experiment, pairs, folders));
  }

  /** What was measured, for the user. */
  static String words(Experiment experiment, MeasuredPairs pairs) {
    RewardModelOptions.Strength options = experiment.rewardModel().strength();
    MeasuredPairs.Summary summary = pairs.summary();
    return String.format(
        Locale.ROOT,
        "strength of %d pairs by %d models: mean %.3f, spread %.3f; %d below %s%s",
        pairs.size(),
        options.models().size(),
        summary.mean(),
        summary.spread(),
        summary.weak(),
        options.below(),
        options.flip() ? ", turned round" : "");
  }
}
