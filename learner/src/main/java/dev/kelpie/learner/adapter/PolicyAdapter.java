package dev.kelpie.learner.adapter;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.Require;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.adapter.AdapterTargets;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.JsonFile;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.model.merged.BaseHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The adapter that an experiment trains: {@code policy.lora}. */
public final class PolicyAdapter {
  private PolicyAdapter() {}

  /** The folder of the adapter that the policy starts from, if it starts from one. */
  public static Optional<Path> folder(Experiment experiment) {
    String path = experiment.policy().lora().path();
    return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
  }

  /**
   * The settings of the experiment's adapter, if it has one.
   *
   * @throws IllegalArgumentException for targets that are neither names nor a pattern
   */
  public static Optional<AdapterConfig> config(Experiment experiment) {
    PolicyOptions.Lora lora = experiment.policy().lora();
    if (!lora.used()) {
      return Optional.empty();
    }
    return Optional.of(
        folder(experiment)
            .map(AdapterFolder::config)
            .orElseGet(
                () ->
                    new AdapterConfig(
                        lora.rank(),
                        lora.alpha(),
                        lora.rslora(),
                        targets(lora),
                        lora.dropout(),
                        lora.modulesToSave())));
  }

  private static AdapterTargets targets(PolicyOptions.Lora lora) {
    try {
      return AdapterTargets.of(lora.targets());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("policy.lora.targets: " + e.getMessage(), e);
    }
  }

  /**
   * {@code base} with the experiment's adapter, which is fresh by the run's seed or as its folder
   * has it; {@code base} itself without one. It belongs to what is returned.
   */
  public static CausalLm adapted(Experiment experiment, CausalLm base) {
    Optional<AdapterConfig> config = config(experiment);
    if (config.isEmpty()) {
      return base;
    }
    String hash = BaseHash.of(Path.of(experiment.policy().path()));
    CausalLm adapted = base.withAdapter(config.get(), experiment.run().seed(), hash);
    folder(experiment).ifPresent(folder -> load(folder, config.get(), adapted));
    return adapted;
  }

  /**
   * Takes over the adapter in {@code folder}.
   *
   * @throws CheckpointException unless its settings are {@code expected}
   */
  public static void load(Path folder, AdapterConfig expected, CausalLm adapted) {
    try (AdapterFolder found = AdapterFolder.open(folder, adapted.config())) {
      if (!found.config().equals(expected)) {
        throw CheckpointException.of("%s: %s (expected: %s)", folder, found.config(), expected);
      }
      adapted.parameters().load(found);
    }
  }

  /**
   * Writes a policy: its adapter, or where it has none its weights in float32.
   *
   * @param source folder whose configuration and tokenizer files are copied
   */
  public static void write(
      Path folder, WeightSnapshot weights, Optional<AdapterConfig> adapter, Path source) {
    if (adapter.isPresent()) {
      AdapterFolder.write(folder, weights, adapter.get(), source);
    } else {
      Checkpoint.write(folder, weights, "F32", source);
    }
  }

  /**
   * Checks that the adapter in {@code policy} was trained on the weights in {@code base}. Only a
   * checkpoint of a run says on which it was; of another folder nothing is checked.
   *
   * @throws CheckpointException if it was trained on others
   */
  public static void requireBase(Path policy, Path base) {
    Path state = policy.toAbsolutePath().normalize().resolveSibling("learner.json");
    if (!Files.isRegularFile(state)) {
      return;
    }
    String trained = JsonFile.read(state, JsonFile.SETTINGS_BYTES).path("base").asText("");
    if (!trained.isEmpty() && !trained.equals(BaseHash.of(base))) {
      throw CheckpointException.of(
          "%s: the adapter of another base than the weights in %s (expected: base %s)",
          policy, base, trained);
    }
  }

  /** Numbers of the adapter on the model {@code base}; 0 without one. */
  public static long parameterCount(Experiment experiment, ModelConfig base) {
    return config(experiment)
        .map(adapter -> AdapterModules.of(base, adapter).shapes().values().stream())
        .map(shapes -> shapes.mapToLong(shape -> shape.get(0) * shape.get(1)).sum())
        .orElse(0L);
  }

  /**
   * Checks that the adapter fits the model {@code base}.
   *
   * @throws ConfigException for a target that it lacks
   * @throws CheckpointException for a folder that does not fit
   */
  public static void requireFits(Experiment experiment, ModelConfig base) {
    Optional<AdapterConfig> config = config(experiment);
    Optional<Path> folder = folder(experiment);
    if (folder.isPresent()) {
      AdapterFolder.open(folder.get(), base).close();
    } else if (config.isPresent()) {
      try {
        AdapterModules.of(base, config.get());
      } catch (CheckpointException e) {
        throw new ConfigException("policy.lora." + e.getMessage());
      }
    }
  }

  /**
   * Refuses what an experiment with an adapter cannot have.
   *
   * @throws IllegalArgumentException in one line, the key first
   */
  public static void check(Experiment experiment) {
    PolicyOptions.Lora lora = experiment.policy().lora();
    if (!lora.used()) {
      return;
    }
    Require.that(
        lora.path().isEmpty() || AdapterFolder.is(Path.of(lora.path())),
        "policy.lora.path: %s (expected: a folder with %s)",
        lora.path(),
        Checkpoint.ADAPTER_SETTINGS);
    config(experiment);
    require(
        experiment.value().kind() != ValueOptions.Kind.SEPARATE,
        "value.kind",
        KebabCase.of(experiment.value().kind()),
        "none or shared");
    require(
        !experiment.processReward().used(),
        "process-reward.kind",
        KebabCase.of(experiment.processReward().kind()),
        "none");
    require(!experiment.onlineReward().used(), "online-reward", "set", "none");
    ReferenceOptions reference = experiment.reference();
    require(
        !reference.schedule().moves(),
        "reference.schedule",
        KebabCase.of(reference.schedule()),
        "frozen or none");
    require(reference.path().isEmpty(), "reference.path", reference.path(), "none");
    require(reference.model().isEmpty(), "reference.model", reference.model(), "none");
    require(reference.variant().isEmpty(), "reference.variant", reference.variant(), "none");
    require(experiment.members().isEmpty(), "members", "set", "none");
    require(experiment.iterations().equals(IterationOptions.DEFAULTS), "iterations", "set", "none");
    ModelOptions.all(experiment)
        .forEach(
            (name, model) ->
                require(
                    model.policy().isEmpty(),
                    "models." + name + ".policy",
                    model.policy(),
                    "a path"));
  }

  private static void require(boolean holds, String key, String value, String expectation) {
    Require.that(
        holds,
        "%s: %s (expected: %s, because policy.lora trains an adapter, without which the policy is"
            + " the reference)",
        key,
        value,
        expectation);
  }

  /**
   * Refuses an adapter for a command that has none.
   *
   * @throws ConfigException naming the key
   */
  public static void requireNone(Experiment experiment, String what) {
    PolicyOptions.Lora lora = experiment.policy().lora();
    if (lora.used()) {
      throw new ConfigException(
          lora.path().isEmpty()
              ? "policy.lora.rank: " + lora.rank() + " (expected: 0, because " + what + ")"
              : "policy.lora.path: " + lora.path() + " (expected: none, because " + what + ")");
    }
  }
}
