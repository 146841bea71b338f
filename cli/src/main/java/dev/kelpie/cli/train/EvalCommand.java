package dev.kelpie.cli.train;

import dev.kelpie.cli.check.ExperimentArguments;
import dev.kelpie.cli.check.RewardModelInputs;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.NativeStart;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.scoring.Classifier;
import dev.kelpie.model.merged.PolicyWeights;
import dev.kelpie.rewards.ConnectedReward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rollout.DrawnDirections;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.rollout.RolloutEngines;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code kelpie eval}: measures a checkpoint on an experiment's held-out prompts, or a reward model
 * on pairs.
 */
@Command(
    name = "eval",
    description =
        "Measure a checkpoint on the experiment's held-out prompts, or a reward model on pairs.",
    footer = {
      "",
      "Example: kelpie eval configs/quickstart.conf -D"
          + " policy.path=runs/RUN/checkpoints/step-80/learner/policy",
      "         kelpie eval configs/pipeline-reward-model.conf --reward-model RM --by subset"
    })
public final class EvalCommand implements Callable<Integer> {
  private static final int ROWS_PER_UNIT = 64;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "3",
      description = "Samples to print (default: ${DEFAULT-VALUE}).")
  private int show;

  @Option(
      names = "--reward-model",
      paramLabel = "FOLDER",
      description = "Measure this reward model, or another classifier, on pairs.")
  private @Nullable Path rewardModel;

  @Option(
      names = "--pairs",
      paramLabel = "FILE",
      description = "With --reward-model: the pairs (default: eval.pairs-path).")
  private @Nullable Path pairs;

  @Option(
      names = "--by",
      paramLabel = "COLUMN",
      defaultValue = "",
      description = "With --reward-model: the column that names the subset of a pair.")
  private String by = "";

  @Option(
      names = "--index",
      paramLabel = "N",
      description = "With --reward-model: which label is its score, if it has several; from 0.")
  private @Nullable Integer index;

  @Override
  public Integer call() throws InterruptedException {
    LoadedExperiment loaded = arguments.load();
    Experiment experiment = loaded.experiment();
    PrintWriter out = spec.commandLine().getOut();
    UnpackNotice.tell(out);
    NativeStart.inBackground();
    Path scored = rewardModel;
    if (scored != null) {
      rankPairs(loaded, scored, out);
      return 0;
    }
    if (pairs != null || !by.isEmpty() || index != null) {
      throw new ParameterException(
          spec.commandLine(), "--pairs, --by and --index need --reward-model");
    }
    Path policy = RunInputs.policy(loaded);
    if (experiment.eval().path().isEmpty()) {
      throw loaded.error("eval.path", null, "a file of held-out prompts");
    }
    ReadOptions reading =
        new ReadOptions(MetadataColumns.NONE, ReadOptions.NO_HASH, ReadingLine.on(out));
    try (RunInputs parts = RunInputs.open(loaded, reading);
        ConnectedReward reward =
            Rewards.connect(parts.reward(), experiment, Optional.empty(), out::println);
        RolloutEngine engine = RolloutEngines.open(policy, experiment.rollout());
        PolicyWeights weights = PolicyWeights.open(policy, PolicyAdapter.folder(experiment));
        ScoredResponses numbers = ScoredResponses.open(experiment, reward)) {
      parts.notes().forEach(out::println);
      JsonlPromptSource prompts = parts.heldOut().orElseThrow();
      int samples = experiment.eval().samples();
      int all = Math.toIntExact(prompts.size());
      Measured measured =
          new Measured(
              prompts,
              samples == 0 ? all : Math.min(samples, all),
              new DrawnDirections(experiment.directions(), experiment.run().seed()));
      engine.load(weights);
      Sampling sampling = RunInputs.sampling(experiment.rollout(), experiment.eval().temperature());
      measure(out, experiment, engine, measured, sampling, numbers);
      if (experiment.eval().greedy() && !sampling.greedy()) {
        measure(out, experiment, engine, measured, sampling.asGreedy(), numbers);
      }
    }
    return 0;
  }

  private void rankPairs(LoadedExperiment loaded, Path folder, PrintWriter out) {
    Experiment experiment = loaded.experiment();
    Path file = pairs;
    if (file == null && experiment.eval().pairsPath().isEmpty()) {
      throw loaded.error("eval.pairs-path", null, "a file of pairs, or --pairs FILE");
    }
    Path path = file == null ? Path.of(experiment.eval().pairsPath()) : file;
    Map<String, VariantOptions> variant = RewardModelInputs.variant(loaded);
    ReadOptions reading =
        new ReadOptions(
                by.isEmpty() ? MetadataColumns.NONE : MetadataColumns.of(by),
                ReadOptions.NO_HASH,
                ReadingLine.on(out))
            .withVariants(variant);
    OptionalInt label = index == null ? OptionalInt.empty() : OptionalInt.of(index);
    RankedPairs ranked = new RankedPairs(by);
    try (Classifier model = Classifier.open(experiment, folder, label);
        JsonlPromptSource source =
            RankedPairs.open(experiment, path, folder, withUser(reading, model))) {
      int all = Math.toIntExact(source.size());
      for (int first = 0; first < all; first += ROWS_PER_UNIT) {
        List<Prompt> prompts =
            IntStream.range(first, Math.min(all, first + ROWS_PER_UNIT))
                .mapToObj(source::inFileOrder)
                .map(prompt -> prompt.under(experiment.rewardModel().variant()))
                .toList();
        double[] margins = model.margins(prompts);
        for (int i = 0; i < prompts.size(); i++) {
          ranked.add(prompts.get(i), margins[i]);
        }
      }
      ranked.print(out, List.of("pairs of", path.toString(), "by", folder.toString()));
    }
  }

  private static ReadOptions withUser(ReadOptions reading, Classifier model) {
    return model
        .userColumn()
        .map(
            column ->
                reading
                    .keeping(reading.metadata().and(MetadataColumns.of(column)))
                    .withVariants(reading.variants()))
        .orElse(reading);
  }

  /** The first {@code count} prompts of a source. */
  private record Measured(JsonlPromptSource source, int count, DrawnDirections directions) {
    List<Prompt> unit(int first) {
      return IntStream.range(first, Math.min(count, first + ROWS_PER_UNIT))
          .mapToObj(i -> directions.of(source.inFileOrder(i), i, Purpose.EVAL))
          .toList();
    }
  }

  private void measure(
      PrintWriter out,
      Experiment experiment,
      RolloutEngine engine,
      Measured prompts,
      Sampling sampling,
      ScoredResponses scorer)
      throws InterruptedException {
    List<Double> rewards = new ArrayList<>();
    int failed = 0;
    List<String> shown = new ArrayList<>();
    EvalScorers scorers = new EvalScorers();
    for (int first = 0; first < prompts.count(); first += ROWS_PER_UNIT) {
      RolloutUnit unit = unit(experiment, first, prompts.unit(first), sampling);
      List<Trajectory> responses = engine.generate(unit, (finished, rows, tokens) -> {});
      List<RewardOutcome> outcomes = scorer.outcomes(responses);
      for (int i = 0; i < responses.size(); i++) {
        Trajectory trajectory = responses.get(i);
        if (outcomes.get(i) instanceof RewardOutcome.Scored scored) {
          scorers.add(scored.score());
          double value = scored.score().value();
          rewards.add(value);
          if (shown.size() < show) {
            shown.add(
                String.format(
                    Locale.ROOT,
                    "  %s -> %s  (%.3f)",
                    trajectory.prompt().text(),
                    trajectory.text(),
                    value));
          }
        } else {
          failed++;
        }
      }
    }
    double mean = rewards.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    double variance =
        rewards.stream().mapToDouble(r -> (r - mean) * (r - mean)).sum()
            / Math.max(1, rewards.size() - 1);
    out.printf(
        Locale.ROOT,
        "held-out reward, %s: %.4f, standard error %.4f, %d samples%s%n",
        sampling.greedy() ? "greedy" : "temperature " + sampling.temperature(),
        mean,
        Math.sqrt(variance / Math.max(1, rewards.size())),
        rewards.size(),
        failed == 0 ? "" : ", " + failed + " rewards failed");
    scorers.lines().forEach(out::println);
    shown.forEach(out::println);
    out.flush();
  }

  private static RolloutUnit unit(
      Experiment experiment, int first, List<Prompt> prompts, Sampling sampling) {
    return new RolloutUnit(
        new UnitId(Purpose.EVAL, 0, first / ROWS_PER_UNIT, 0),
        first,
        prompts,
        1,
        sampling,
        TokenIds.empty(),
        experiment.run().seed(),
        new PolicyVersion(0));
  }
}
