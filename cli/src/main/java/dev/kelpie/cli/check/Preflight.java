package dev.kelpie.cli.check;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.RolloutEngines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.Callable;

/** All checks before a run, one finding each, in the order in which a run needs them. */
public final class Preflight {
  private static final int TRIAL_ROWS = 3;

  private final LoadedExperiment loaded;
  private final Experiment experiment;
  private final List<Finding> findings = new ArrayList<>();

  /** The result of a check. */
  record Finding(String check, boolean passed, String result) {
    String line() {
      return String.format(Locale.ROOT, "%-6s %-12s %s", passed ? "ok" : "WRONG", check, result);
    }
  }

  private Preflight(LoadedExperiment loaded) {
    this.loaded = loaded;
    this.experiment = loaded.experiment();
  }

  /** Runs all checks; a failed check does not stop the others. */
  static List<Finding> check(LoadedExperiment loaded) {
    Preflight preflight = new Preflight(loaded);
    preflight.run("experiment", preflight::summary);
    preflight.run("algorithm", () -> loaded.check(AlgorithmChecks::check));
    String filters = preflight.filters();
    if (!filters.isEmpty()) {
      preflight.run("sampling", () -> offPolicy(filters));
    }
    preflight.run("policy", preflight::policy);
    preflight.run("engine", () -> engine(loaded));
    preflight.run("data", () -> summary(preflight.prompts(), preflight.experiment.data().path()));
    String heldOut = preflight.experiment.eval().path();
    if (!heldOut.isEmpty()) {
      preflight.run("eval", () -> summary(preflight.heldOut(), heldOut));
    }
    preflight.run("reward", preflight::reward);
    preflight.run("memory", preflight::memory);
    return List.copyOf(preflight.findings);
  }

  private void run(String name, Callable<String> check) {
    try {
      findings.add(new Finding(name, true, check.call()));
    } catch (Exception e) { // a check may fail in any way; the person sees how
      String line = Failures.line(e);
      boolean known = findings.stream().anyMatch(finding -> finding.result().equals(line));
      findings.add(new Finding(name, false, known ? "not checked, because of the above" : line));
    }
  }

  private String summary() {
    RolloutOptions rollout = experiment.rollout();
    return String.format(
        Locale.ROOT,
        "%s: %s steps of %s prompts x %s responses, minibatches %s, preset %s, seed %s",
        loaded.file().getFileName(),
        experiment.run().steps(),
        rollout.promptsPerStep(),
        rollout.groupSize(),
        experiment.learner().minibatches(),
        experiment.algorithm().preset(),
        experiment.run().seed());
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
    return engine;
  }

  private JsonlPromptSource prompts() {
    policyFolder();
    return RunInputs.prompts(experiment, experiment.data());
  }

  private JsonlPromptSource heldOut() {
    policyFolder();
    return RunInputs.heldOut(experiment).orElseThrow();
  }

  private static String summary(JsonlPromptSource source, String file) {
    JsonlPromptSource.Counts counts = source.counts();
    return String.format(
        Locale.ROOT,
        "%s prompts of at most %s tokens; %s too long and dropped, %s cut, %s",
        counts.kept(),
        source.inFileOrder().stream().mapToInt(prompt -> prompt.tokens().length()).max().orElse(0),
        counts.dropped(),
        counts.truncated(),
        file);
  }

  private String reward() throws InterruptedException {
    Reward reward = Rewards.compose(experiment.reward());
    try (Tokenizer tokenizer = Tokenizer.open(policyFolder())) {
      List<Prompt> prompts = prompts().inFileOrder();
      return new RewardTrial(reward, experiment, tokenizer)
          .run(prompts.subList(0, Math.min(TRIAL_ROWS, prompts.size())));
    }
  }

  private String memory() {
    return MemoryEstimate.of(experiment, model()).requireFits(MemoryEstimate.physicalBytes());
  }

  private ModelConfig model() {
    return ModelConfig.open(policyFolder());
  }

  private Path policyFolder() {
    return RunInputs.policy(loaded);
  }
}
