package dev.kelpie.cli.check;

import dev.kelpie.actors.Role;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.MixOptions;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.config.remote.Destinations;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.learner.Learner;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.scoring.NamedModels;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.annotate.Annotators;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.DrawnDirections;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.RolloutEngines;
import dev.kelpie.runs.CheckpointStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inputs of a run: policy, prompts, reward and the factories of engines, learner and reference
 * scorer. Everything a user may have got wrong is read here, before the run folder exists; native
 * memory is allocated when an actor asks for a part.
 *
 * @param train the training prompts; empty in a process without the learner
 * @param heldOut the held-out prompts, in the order of their file, if the experiment names any
 * @param pairs the held-out pairs, likewise
 */
public record RunInputs(
    Experiment experiment,
    Optional<TrainingFiles> train,
    Optional<JsonlPromptSource> heldOut,
    Optional<JsonlPromptSource> pairs,
    Reward reward)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunInputs.class);

  /**
   * Reads and checks everything that the experiment names, without reports of progress.
   *
   * @throws dev.kelpie.config.ConfigException on a wrong value
   * @throws dev.kelpie.model.architecture.CheckpointException on a damaged policy
   */
  public static RunInputs open(LoadedExperiment loaded) {
    return open(loaded, ReadOptions.DEFAULTS);
  }

  /**
   * Reads and checks everything that the experiment names.
   *
   * @param options how the data is read; the columns that are kept are those of the reward
   * @throws dev.kelpie.config.ConfigException on a wrong value
   * @throws dev.kelpie.model.architecture.CheckpointException on a damaged policy
   */
  public static RunInputs open(LoadedExperiment loaded, ReadOptions options) {
    loaded.check(AlgorithmChecks::check);
    Path policy = policy(loaded);
    Experiment experiment = loaded.experiment();
    requireWholePolicy(experiment, policy);
    Reward reward = reward(experiment);
    ModelChecks.check(loaded, reward);
    loaded.check(GroupScoring::of);
    requireDirectionsUsed(loaded, reward);
    ReadOptions kept =
        options
            .keeping(columns(reward, experiment).and(Annotators.columns(experiment)))
            .checking(AnswerCheck.of(reward, experiment))
            .withVariants(VariantOptions.all(experiment));
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      TrainingFiles train =
          TrainingFiles.open(experiment, AnswerCheck.andTraining(kept, experiment));
      opened.add(train);
      Optional<JsonlPromptSource> heldOut = heldOut(experiment, kept);
      heldOut.ifPresent(opened::add);
      Optional<JsonlPromptSource> pairs = heldOutPairs(experiment, MetadataColumns.NONE, options);
      pairs.ifPresent(opened::add);
      pairs.ifPresent(source -> Positions.requireFit(loaded, source, "eval.pairs-path"));
      train.all().forEach((key, source) -> Positions.requireFit(loaded, source, key));
      heldOut.ifPresent(source -> Positions.requireFit(loaded, source, "eval.path"));
      return new RunInputs(experiment, Optional.of(train), heldOut, pairs, reward);
    } catch (RuntimeException e) {
      opened.forEach(RunInputs::close);
      throw e;
    }
  }

  /**
   * Refuses a run that this machine, or the control group of this process, has no memory for.
   *
   * @throws dev.kelpie.config.ConfigException with the memory that the run needs
   */
  public static void requireRoom(LoadedExperiment loaded) {
    loaded.check(AlgorithmChecks::check);
    RemoteChecks.check(loaded, reward(loaded.experiment()));
    loaded.check(made -> plan(made, reward(made)));
    ModelChecks.requireFolders(loaded);
    MemoryPlan.requireRoom(loaded.experiment(), ModelConfig.open(policy(loaded)));
  }

  /**
   * The folder of the policy that an experiment starts from.
   *
   * @throws dev.kelpie.config.ConfigException when its {@code policy.path} is no folder
   */
  public static Path policy(LoadedExperiment loaded) {
    return loaded.folder("policy.path", "a checkpoint folder");
  }

  /**
   * The sum of the experiment's rewards; one that is not asked where it has none.
   *
   * @throws ConfigException if there is none and something asks for scores
   */
  static Reward reward(Experiment experiment) {
    return Rewards.withHeldOut(trainingReward(experiment), experiment);
  }

  private static Reward trainingReward(Experiment experiment) {
    if (!experiment.reward().isEmpty()) {
      return Rewards.compose(experiment);
    }
    Optional<String> need = AlgorithmChecks.scoresFor(experiment);
    if (need.isPresent()) {
      throw new ConfigException(
          "reward: none (expected: at least one, such as reward.answer { type = exact-match },"
              + " because of "
              + need.get()
              + ")");
    }
    return Rewards.NONE;
  }

  /**
   * What an experiment has scored by models.
   *
   * @param reward its own
   * @throws IllegalArgumentException for a model that is wrong, unknown or never used
   */
  public static ScoringPlan plan(Experiment experiment, Reward reward) {
    return ScoringPlan.of(
        experiment,
        reward.requests(),
        reward.evaluationRequests(),
        GroupScoring.of(experiment).map(GroupScoring::requests).orElse(List.of()));
  }

  private static MetadataColumns columns(Reward reward, Experiment experiment) {
    return reward.columns().and(AlgorithmChecks.columns(experiment));
  }

  /** Refuses a component of a drawn direction that neither a reward nor the algorithm reads. */
  static void requireDirectionsUsed(LoadedExperiment loaded, Reward reward) {
    Experiment experiment = loaded.experiment();
    for (String column : experiment.directions().columns()) {
      if (!columns(reward, experiment).includes(column)) {
        throw loaded.error(
            "directions.columns",
            column,
            "a column that something reads, such as reward.NAME.weight-column = " + column);
      }
    }
  }

  /**
   * Refuses missing, damaged or non-finite weights or an adapter of others, unless the run starts
   * from random ones.
   */
  static void requireWholePolicy(Experiment experiment, Path policy) {
    if (experiment.policy().init() == PolicyOptions.Init.CHECKPOINT) {
      try (Checkpoint checkpoint = Checkpoint.open(policy)) {
        checkpoint.requireFinite();
        PolicyAdapter.requireFits(experiment, checkpoint.config());
      }
    }
  }

  /** The held-out prompts, in the order of their file, if the experiment names any. */
  static Optional<JsonlPromptSource> heldOut(Experiment experiment, ReadOptions options) {
    String file = experiment.eval().path();
    return file.isEmpty()
        ? Optional.empty()
        : Optional.of(
            prompts(
                experiment,
                heldOutColumns(experiment),
                Path.of(file),
                experiment.run().seed(),
                options));
  }

  /**
   * The held-out pairs, in the order of their file, if the experiment names any.
   *
   * @param columns that are kept of their rows
   */
  static Optional<JsonlPromptSource> heldOutPairs(
      Experiment experiment, MetadataColumns columns, ReadOptions options) {
    String file = experiment.eval().pairsPath();
    return file.isEmpty()
        ? Optional.empty()
        : Optional.of(
            prompts(
                experiment,
                experiment.data().heldOutPairs(),
                Path.of(file),
                experiment.run().seed(),
                options.keeping(columns).withVariants(options.variants())));
  }

  /**
   * The inputs of a process without the learner; it receives its prompts and reads none. What
   * rewards and models read is read only where they are asked.
   */
  public static RunInputs ofWorker(Experiment experiment) {
    return new RunInputs(
        experiment,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        scores(experiment) ? reward(experiment) : Rewards.NONE);
  }

  /** Whether this process does more than to sample. */
  private static boolean scores(Experiment experiment) {
    return !experiment.cluster().roles().equals(List.of(Role.ROLLOUT.key()));
  }

  /** Everything the actors need for a run in {@code folder}. */
  public RunSetup setup(RunFolder folder, boolean resume) {
    DrawnDirections directions =
        new DrawnDirections(experiment.directions(), experiment.run().seed());
    return new RunSetup(
        experiment,
        folder,
        () -> RolloutEngines.open(Path.of(experiment.policy().path()), experiment.rollout()),
        () ->
            Learner.open(
                experiment,
                pairs.map(PromptSource.class::cast),
                () -> Annotators.open(experiment, folder, LOG::warn)),
        scorer(folder),
        () -> Rewards.connect(reward, experiment, Optional.of(folder), LOG::warn),
        () -> directions.over(train.orElseThrow().prompts(), Purpose.ROLLOUT),
        heldOut.map(source -> () -> directions.over(source, Purpose.EVAL)),
        step -> TokenIds.empty(),
        notes(),
        resume,
        "");
  }

  /** The data files that this process reads, by the key that names them; the prompts first. */
  public Map<String, DataFile> dataFiles() {
    Map<String, DataFile> files = new LinkedHashMap<>();
    heldOut.ifPresent(source -> files.put("eval.path", source));
    pairs.ifPresent(source -> files.put("eval.pairs-path", source));
    train.ifPresent(all -> files.putAll(all.compared()));
    heldOut.ifPresent(source -> files.putAll(source.others()));
    return files;
  }

  /**
   * Notes for the user: keys of the policy's configuration that are not used, prompts that depend
   * on the day, and prompts that were left out or truncated.
   */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(Destinations.notes(experiment));
    RemoteChecks.onlyJudges(experiment).ifPresent(notes::add);
    notes.addAll(PolicyNotes.of(experiment, Path.of(experiment.policy().path())));
    train.ifPresent(all -> DataNotes.add(experiment, notes, all));
    heldOut.ifPresent(source -> DataNotes.add(experiment, notes, "eval.path", source));
    pairs.ifPresent(source -> DataNotes.add(experiment, notes, "eval.pairs-path", source));
    return notes;
  }

  /** How tokens are drawn at {@code temperature}. */
  public static Sampling sampling(RolloutOptions rollout, double temperature) {
    return new Sampling(
        temperature,
        rollout.topK(),
        rollout.topP(),
        rollout.minP(),
        rollout.maxNewTokens(),
        rollout.ignoreStop());
  }

  private Optional<RunSetup.Scoring> scorer(RunFolder folder) {
    if (!scores(experiment)) {
      return Optional.empty();
    }
    ScoringPlan plan = plan(experiment, reward);
    return plan.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RunSetup.Scoring(
                () -> NamedModels.open(experiment, plan, folder, LOG::warn),
                plan.beforeRewards(),
                plan.moves(),
                plan.namedModelMoves() ? CheckpointStore.MODELS : CheckpointStore.REFERENCE));
  }

  private static DataOptions heldOutColumns(Experiment experiment) {
    return experiment.data().promptsInFileOrder();
  }

  /** Reads the prompts of {@code data}, rendered and encoded for the experiment's policy. */
  public static JsonlPromptSource prompts(
      Experiment experiment, DataOptions data, ReadOptions options) {
    return prompts(experiment, data, experiment.run().seed(), options);
  }

  /** The same in the order of another seed. */
  static JsonlPromptSource prompts(
      Experiment experiment, DataOptions data, long seed, ReadOptions options) {
    return prompts(experiment, data, Path.of(data.path()), seed, options);
  }

  /** Reads the prompts and responses of supervised training. */
  public static JsonlPromptSource demonstrations(Experiment experiment, ReadOptions options) {
    MixOptions.requireNone(experiment, "kelpie sft");
    String response = experiment.sft().response();
    return prompts(
        experiment,
        experiment.data(),
        options.keeping(MetadataColumns.of(response)).withResponse(response));
  }

  private static JsonlPromptSource prompts(
      Experiment experiment, DataOptions data, Path file, long seed, ReadOptions options) {
    Path policy = Path.of(experiment.policy().path());
    Tokenizer tokenizer = Tokenizer.open(policy);
    try {
      Optional<ChatTemplate> template = data.chat() ? ChatTemplate.open(policy) : Optional.empty();
      return JsonlPromptSource.open(file, data, tokenizer, template, seed, options);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  private static void close(AutoCloseable file) {
    try {
      file.close();
    } catch (Exception e) {
      throw new IllegalStateException(e); // neither of them throws one that is checked
    }
  }

  /** Closes the data files. */
  @Override
  public void close() {
    train.ifPresent(TrainingFiles::close);
    heldOut.ifPresent(JsonlPromptSource::close);
    pairs.ifPresent(JsonlPromptSource::close);
  }
}
