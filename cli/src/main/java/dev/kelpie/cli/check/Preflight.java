package dev.kelpie.cli.check;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.UsableMemory;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.file.Stages;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rewards.ConnectedReward;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.rollout.DrawnDirections;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.RolloutEngines;
import dev.kelpie.rollout.rows.ReadProgress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** All checks before a run, one finding each, in the order in which a run needs them. */
public final class Preflight {
  private static final int TRIAL_ROWS = 3;
  private static final String NOT_CHECKED = "not checked, because of the above";

  private final LoadedExperiment loaded;
  private final Experiment experiment;
  private final ReadProgress progress;
  private final boolean ask;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Prompt> trial = new ArrayList<>();
  private final List<String> dated = new ArrayList<>();
  private final List<String> processes = new ArrayList<>();
  private Optional<RuntimeException> dataFailure = Optional.empty();
  private long heldOutPrompts;

  /** The result of a check. */
  record Finding(String check, boolean passed, String result) {
    String line() {
      return String.format(Locale.ROOT, "%-6s %-12s %s", passed ? "ok" : "WRONG", check, result);
    }
  }

  private Preflight(LoadedExperiment loaded, ReadProgress progress, boolean ask) {
    this.ask = ask;
    this.loaded = loaded;
    this.progress = progress;
    this.experiment = loaded.experiment();
  }

  /** Runs all checks; a failed check does not stop the others. */
  static List<Finding> check(LoadedExperiment loaded) {
    return check(loaded, ReadProgress.NONE);
  }

  /** The same with a listener while the data is read. */
  static List<Finding> check(LoadedExperiment loaded, ReadProgress progress) {
    return check(loaded, progress, false);
  }

  /**
   * The same, with real verdicts.
   *
   * @param ask servers that score are asked once each
   */
  static List<Finding> check(LoadedExperiment loaded, ReadProgress progress, boolean ask) {
    Preflight preflight = new Preflight(loaded, progress, ask);
    preflight.run("experiment", preflight::summary);
    preflight.run("algorithm", () -> loaded.check(AlgorithmChecks::check));
    if (preflight.experiment.iterations().used()) {
      preflight.run("iterations", preflight::iterations);
    }
    String filters = preflight.filters();
    if (!filters.isEmpty()) {
      preflight.run("sampling", () -> offPolicy(filters));
    }
    preflight.run("policy", preflight::policy);
    preflight.run("engine", () -> engine(loaded));
    preflight.run("data", preflight::data);
    if (!preflight.experiment.eval().path().isEmpty()) {
      preflight.run("eval", preflight::heldOut);
    }
    if (!preflight.experiment.eval().pairsPath().isEmpty()) {
      preflight.run("pairs", preflight::heldOutPairs);
    }
    preflight.dated.forEach(warning -> preflight.run("template", () -> warning));
    preflight.run("reward", preflight::reward);
    preflight.judges();
    if (!preflight.experiment.cluster().tlsPath().isEmpty()) {
      preflight.run("encryption", preflight::encryption);
    }
    preflight.run("memory", preflight::memory);
    preflight.processes.forEach(line -> preflight.run("process", () -> line));
    return List.copyOf(preflight.findings);
  }

  /** The checks that fail, one line each: the check's name and what is wrong. */
  public static List<String> failures(LoadedExperiment loaded, ReadProgress progress) {
    return check(loaded, progress).stream()
        .filter(finding -> !finding.passed() && !finding.result().equals(NOT_CHECKED))
        .map(finding -> finding.check() + ": " + finding.result())
        .toList();
  }

  /** How many such runs the memory of this machine holds at the same time, at least one. */
  public static long mostTogether(LoadedExperiment loaded) {
    long each =
        MemoryPlan.of(loaded.experiment(), ModelConfig.open(RunInputs.policy(loaded))).total();
    return Math.max(1, UsableMemory.bytes() / each);
  }

  /** Warnings about the policy and its training; none where the policy's check fails. */
  static List<String> warnings(LoadedExperiment loaded) {
    try {
      return PolicyNotes.of(loaded.experiment(), RunInputs.policy(loaded));
    } catch (RuntimeException e) {
      return List.of();
    }
  }

  private void run(String name, Callable<String> check) {
    try {
      findings.add(new Finding(name, true, check.call()));
    } catch (Exception e) { // a check may fail in any way; the person sees how
      String line = Failures.line(e);
      boolean known = findings.stream().anyMatch(finding -> finding.result().equals(line));
      findings.add(new Finding(name, false, known ? NOT_CHECKED : line));
    }
  }

  private String summary() {
    RolloutOptions rollout = experiment.rollout();
    return String.format(
        Locale.ROOT,
        "%s: %s steps of %s, minibatches %s, preset %s, seed %s",
        loaded.file().getFileName(),
        experiment.run().steps(),
        rollout.samples()
            ? rollout.promptsPerStep() + " prompts x " + rollout.groupSize() + " responses"
            : rollout.promptsPerStep() + " rows of data.path",
        experiment.learner().minibatches(),
        experiment.algorithm().preset(),
        experiment.run().seed());
  }

  /** The plan of the iterations, and what each stage changes. */
  private String iterations() {
    StringJoiner plan = new StringJoiner("; ");
    plan.add(experiment.iterations().plan(experiment.run().steps()));
    for (Stages.Stage stage : Stages.of(experiment).all()) {
      if (!stage.set().isEmpty()) {
        StringJoiner changes = new StringJoiner(", ");
        new TreeMap<>(stage.set()).forEach((key, value) -> changes.add(key + " = " + value));
        plan.add("iterations " + stage.from() + " to " + stage.until() + ": " + changes);
      }
    }
    return plan.toString();
  }

  /** The filters that cut the distribution which responses are drawn from; empty for none. */
  private String filters() {
    RolloutOptions rollout = experiment.rollout();
    StringJoiner filters = new StringJoiner(", ");
    if (rollout.topK() > 0) {
      filters.add("rollout.top-k = " + rollout.topK());
    }
    if (rollout.topP() < 1) {
      filters.add("rollout.top-p = " + rollout.topP());
    }
    if (rollout.minP() > 0) {
      filters.add("rollout.min-p = " + rollout.minP());
    }
    return filters.toString();
  }

  private static String offPolicy(String filters) {
    return "warning: off-policy: "
        + filters
        + " draws from a part of the distribution, and training takes it for the whole. An"
        + " algorithm.loss.correction weighs log-probabilities from before the filters and does not"
        + " correct this; top-k = 0, top-p = 1 and min-p = 0 do";
  }

  private String policy() {
    Path folder = policyFolder();
    ModelConfig config = model();
    RunInputs.requireWholePolicy(experiment, folder);
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      return String.format(
          Locale.ROOT,
          "%s, %.1f M parameters, %s layers, vocabulary %s (tokenizer %s), stops at %s",
          config.architecture(),
          config.parameterCount() / 1e6,
          config.layers(),
          config.vocabularySize(),
          tokenizer.vocabularySize(),
          StopTokens.open(folder).ids());
    }
  }

  /**
   * Returns the name of the rollout engine.
   *
   * @throws dev.kelpie.config.ConfigException if there is no such engine
   */
  public static String engine(LoadedExperiment loaded) {
    String engine = loaded.experiment().rollout().engine();
    if (!RolloutEngines.names().contains(engine)) {
      throw loaded.error(
          "rollout.engine", engine, NearestName.expectation(engine, RolloutEngines.names()));
    }
    requirePrecision(loaded, "rollout.precision", loaded.experiment().rollout().precision());
    LearnerOptions.Precision precision = loaded.experiment().learner().precision();
    requirePrecision(loaded, "learner.precision", precision);
    boolean ownHead = loaded.experiment().policy().lora().modulesToSave().contains("lm_head");
    if (precision == LearnerOptions.Precision.BF16 && ownHead) {
      String because = "lm_head in policy.lora.modules-to-save would not round as the reference's";
      throw loaded.error("learner.precision", "bf16", "fp32, because " + because);
    }
    return engine;
  }

  /**
   * Rounded states choose other experts than those of the other side, in generation or in training,
   * and its log-probabilities are far off.
   */
  private static void requirePrecision(LoadedExperiment loaded, String key, Enum<?> format) {
    String name = format.name().toLowerCase(Locale.ROOT);
    boolean full = name.equals("auto") || name.equals("fp32");
    if (!full && ModelConfig.open(RunInputs.policy(loaded)).style().experts().isPresent()) {
      throw loaded.error(
          key, name, "fp32, because the policy has experts, which rounding chooses otherwise");
    }
  }

  private String encryption() {
    HostCertificates.require(experiment);
    return "certificates of "
        + experiment.cluster().host()
        + " in "
        + experiment.cluster().tlsPath();
  }

  private String data() {
    policyFolder();
    ReadOptions options =
        AnswerCheck.andTraining(
            new ReadOptions(columns(), ReadOptions.NO_HASH, progress)
                .checking(answers())
                .withVariants(VariantOptions.all(experiment)),
            experiment);
    DrawnDirections directions =
        new DrawnDirections(experiment.directions(), experiment.run().seed());
    try (TrainingFiles training = TrainingFiles.open(experiment, options)) {
      JsonlPromptSource source = training.first();
      for (int i = 0; i < Math.min(TRIAL_ROWS, source.size()); i++) {
        trial.add(directions.of(source.inFileOrder(i), i, Purpose.ROLLOUT));
      }
      return training.all().entrySet().stream()
          .map(file -> summary(file.getValue(), file.getKey()))
          .collect(Collectors.joining("; "));
    } catch (RuntimeException e) {
      dataFailure = Optional.of(e);
      throw e;
    }
  }

  private MetadataColumns columns() {
    try {
      return RunInputs.reward(experiment).columns().and(AlgorithmChecks.columns(experiment));
    } catch (ConfigException e) {
      return MetadataColumns.NONE; // the check of the reward reports it
    }
  }

  private ReadOptions.PromptCheck answers() {
    try {
      return AnswerCheck.of(RunInputs.reward(experiment), experiment);
    } catch (ConfigException e) {
      return prompt -> Optional.empty(); // the check of the reward reports it
    }
  }

  private String heldOut() {
    policyFolder();
    ReadOptions options =
        new ReadOptions(columns(), ReadOptions.NO_HASH, progress)
            .checking(answers())
            .withVariants(VariantOptions.all(experiment));
    try (JsonlPromptSource source = RunInputs.heldOut(experiment, options).orElseThrow()) {
      heldOutPrompts = source.size();
      return summary(source, "eval.path");
    }
  }

  private String heldOutPairs() {
    policyFolder();
    ReadOptions options = new ReadOptions(columns(), ReadOptions.NO_HASH, progress);
    try (JsonlPromptSource source =
        RunInputs.heldOutPairs(experiment, MetadataColumns.NONE, options).orElseThrow()) {
      return summary(source, "eval.pairs-path");
    }
  }

  private String summary(JsonlPromptSource source, String key) {
    Positions.requireFit(loaded, source, key);
    DataNotes.dateWarning(key, source).ifPresent(dated::add);
    JsonlPromptSource.Counts counts = source.counts();
    int left = counts.outside() + counts.unseen();
    return String.format(
        Locale.ROOT,
        "%s prompts of at most %s tokens; %s too long and dropped, %s cut, %s%s",
        counts.kept(),
        source.longestPrompt(),
        counts.dropped(),
        counts.truncated(),
        left == 0 ? "" : left + " left out by data.filter, ",
        source.file());
  }

  private String reward() throws InterruptedException {
    Reward reward = RunInputs.reward(experiment);
    String models = ModelChecks.check(loaded, reward);
    loaded.check(GroupScoring::of);
    RunInputs.requireDirectionsUsed(loaded, reward);
    if (dataFailure.isPresent()) {
      throw dataFailure.get();
    }
    if (experiment.reward().isEmpty()) {
      return "none; no score is asked for, or scores come with the rows of data.path";
    }
    if (!reward.requests().isEmpty()) {
      return "scored by models during the run: " + models;
    }
    if (reward.isRemote() && !ask) {
      return "scored by servers during the run, and not asked now; kelpie validate --ask asks once";
    }
    List<Prompt> rows = reward.isRemote() ? trial.subList(0, Math.min(1, trial.size())) : trial;
    try (Tokenizer tokenizer = Tokenizer.open(policyFolder());
        ConnectedReward connected =
            Rewards.connect(reward, experiment, Optional.empty(), problem -> {})) {
      return new RewardTrial(connected, experiment, tokenizer).run(rows);
    }
  }

  /** What each judge is asked and what that costs; one verdict of each that compares, if asked. */
  private void judges() {
    boolean wrong =
        findings.stream()
            .anyMatch(
                finding ->
                    !finding.passed() && List.of("data", "reward").contains(finding.check()));
    if (wrong || trial.isEmpty()) {
      return;
    }
    JudgeTrial judges = new JudgeTrial(experiment);
    for (String key : judges.keys()) {
      run("judge", () -> key + " asks " + judges.describe(key, trial, heldOutPrompts));
      if (ask && judges.asks(key)) {
        run("verdict", () -> judges.ask(key, trial));
      }
    }
  }

  private String memory() {
    MemoryPlan plan = MemoryPlan.of(experiment, model());
    processes.addAll(plan.lines());
    long bytes = UsableMemory.bytes();
    return plan.requireFits(
        bytes, plan.isTight(bytes) ? MemoryAdvice.of(loaded, model(), bytes) : "");
  }

  private ModelConfig model() {
    return ModelConfig.open(policyFolder());
  }

  private Path policyFolder() {
    return RunInputs.policy(loaded);
  }
}
