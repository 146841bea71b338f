package dev.kelpie.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.Learner;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rollout.RolloutEngines;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measures the seconds of a whole GRPO step through the actors: generation, reward, advantages,
 * forward, backward, clipping, AdamW and publishing. Prompts are random digits, the reward is the
 * share of lower-case letters; stop tokens are never drawn, so that every response has its full
 * length.
 */
public final class StepBench {
  private static final int SEED = 0;

  private StepBench() {}

  /**
   * The size of a step, and how many to run.
   *
   * @param maxNew tokens per response; with {@code lengths}, the longest
   * @param steps steps, of which the first warms up
   * @param threads native threads of the rollout worker and of the learner, which take turns
   * @param precision number format of the rollout worker's weights
   * @param learner number format of the learner's products
   * @param lengths JSON file with a list of steps, each a list of one length per response
   */
  public record Options(
      int prompts,
      int group,
      int promptLength,
      int maxNew,
      int steps,
      int threads,
      RolloutOptions.Precision precision,
      LearnerOptions.Precision learner,
      @Nullable Path lengths) {}

  /** Rollout settings for a measurement: one worker, plain sampling, fixed lengths. */
  public static RolloutOptions rollout(
      int threads, RolloutOptions.Precision precision, int maxNew) {
    return experiment(
            List.of(
                "data.path=digits",
                "policy.path=model",
                "rollout.threads=" + threads,
                "rollout.precision=" + precision.name().toLowerCase(Locale.ROOT),
                "rollout.max-new-tokens=" + maxNew,
                "rollout.ignore-stop=true"))
        .rollout();
  }

  /** Runs the steps and returns the fields of the result line. */
  public static Map<String, Object> run(Path model, Options options)
      throws IOException, InterruptedException, ExecutionException {
    Experiment experiment = experiment(overrides(model, options));
    LongFunction<TokenIds> limits = limits(options);
    Path folder = Files.createTempDirectory("kelpie-bench");
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      DigitPrompts prompts = new DigitPrompts(tokenizer, options.promptLength(), SEED);
      RunSetup setup =
          new RunSetup(
              experiment,
              new RunFolder(folder.resolve("run")),
              () -> RolloutEngines.open(model, experiment.rollout()),
              () -> Learner.open(experiment),
              Optional.empty(),
              LowerCaseShare::new,
              () -> prompts,
              Optional.empty(),
              limits,
              List.of(),
              false,
              "");
      try (RunNode node = RunNode.start(setup)) {
        RunSummary summary = node.done().toCompletableFuture().get();
        if (summary.error().isPresent()) {
          throw new IllegalStateException(summary.error().get());
        }
        return line(options, node.view().metrics(1), summary);
      }
    } finally {
      FileTree.delete(folder);
    }
  }

  private static Map<String, Object> line(
      Options options, List<StepMetrics> steps, RunSummary summary) {
    double[] seconds = steps.stream().skip(1).mapToDouble(s -> s.get("timing_s/step")).toArray();
    double step = DecodeBench.median(seconds);
    double meanLength =
        steps.stream().mapToDouble(s -> s.get("response_length/mean")).average().orElse(Double.NaN);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("bench", "step");
    line.put("step_s", DecodeBench.round(step, 1000));
    line.put(
        "steps_s",
        steps.stream().map(s -> DecodeBench.round(s.get("timing_s/step"), 100)).toList());
    line.put("mean_length", DecodeBench.round(meanLength, 10));
    line.put(
        "tokens_per_s",
        DecodeBench.round(options.prompts() * options.group() * meanLength / step, 10));
    line.put("peak_mib", PeakMemory.peakMib());
    Map<String, Double> shares = new LinkedHashMap<>();
    summary
        .timingShares()
        .forEach((name, share) -> shares.put(name, DecodeBench.round(share, 1e4)));
    line.put("timing_shares", shares);
    return line;
  }

  private static List<String> overrides(Path model, Options options) {
    return List.of(
        "run.steps=" + options.steps(),
        "run.seed=" + SEED,
        "data.path=digits", // the prompts are drawn, not read
        "policy.path=" + quoted(model.toAbsolutePath().toString()),
        "rollout.prompts-per-step=" + options.prompts(),
        "rollout.group-size=" + options.group(),
        "rollout.max-new-tokens=" + longest(options),
        "rollout.threads=" + options.threads(),
        "rollout.ignore-stop=true",
        "rollout.precision=" + options.precision().name().toLowerCase(Locale.ROOT),
        "learner.threads=" + options.threads(),
        "learner.precision=" + options.learner().name().toLowerCase(Locale.ROOT),
        "learner.learning-rate=1e-6",
        "learner.minibatches=1",
        "algorithm.preset=grpo",
        "algorithm.aggregation=token-mean",
        "algorithm.kl.coef=0",
        "checkpoint.every=0");
  }

  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  static Experiment experiment(List<String> overrides) {
    try {
      Path file = Files.createTempFile("kelpie-bench", ".conf");
      try {
        return ExperimentFiles.load(file, overrides).experiment();
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int longest(Options options) {
    int longest = lengths(options).stream().flatMap(List::stream).mapToInt(i -> i).max().orElse(0);
    return longest == 0 ? options.maxNew() : Math.min(longest, options.maxNew());
  }

  private static LongFunction<TokenIds> limits(Options options) {
    if (options.lengths() == null) {
      return step -> TokenIds.empty();
    }
    List<TokenIds> limits = new ArrayList<>();
    int rows = options.prompts() * options.group();
    for (List<Integer> step : lengths(options)) {
      limits.add(
          TokenIds.of(
              step.stream().limit(rows).mapToInt(i -> Math.min(i, options.maxNew())).toArray()));
    }
    return step -> limits.get((int) ((step - 1) % limits.size()));
  }

  private static List<List<Integer>> lengths(Options options) {
    Path file = options.lengths();
    if (file == null) {
      return List.of();
    }
    try {
      return new JsonMapper().readValue(file.toFile(), new TypeReference<List<List<Integer>>>() {});
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(
          "--lengths: " + file + " (expected: a JSON list of lists of numbers)", e);
    }
  }

  /** The share of lower-case letters in the text, as in the peers' scripts. */
  private static final class LowerCaseShare implements Reward {
    @Override
    public Score score(Trajectory trajectory) {
      String text = trajectory.text();
      long lower = text.codePoints().filter(Character::isLowerCase).count();
      return new Score(
          (float) lower / Math.max(1, text.codePointCount(0, text.length())), Map.of());
    }

    @Override
    public String version() {
      return "1";
    }
  }
}
