package dev.kelpie.cli.train;

import dev.kelpie.cli.check.ExperimentArguments;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.LoadedExperiment;
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
import dev.kelpie.model.Checkpoint;
import dev.kelpie.rewards.ConnectedReward;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rollout.DrawnDirections;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.rollout.RolloutEngines;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kelpie eval}: measures a checkpoint on an experiment's held-out prompts. */
@Command(
    name = "eval",
    description = "Measure a checkpoint on the experiment's held-out prompts.",
    footer = {
      "",
      "Example: kelpie eval configs/quickstart.conf -D"
          + " policy.path=runs/RUN/checkpoints/step-80/learner/policy"
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

  @Override
  public Integer call() throws InterruptedException {
    LoadedExperiment loaded = arguments.load();
    Experiment experiment = loaded.experiment();
    PrintWriter out = spec.commandLine().getOut();
    UnpackNotice.tell(out);
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
        Checkpoint weights = Checkpoint.open(policy)) {
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
      measure(out, experiment, engine, measured, sampling, reward);
      if (experiment.eval().greedy() && !sampling.greedy()) {
        measure(out, experiment, engine, measured, sampling.asGreedy(), reward);
      }
    }
    return 0;
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
      Reward reward)
      throws InterruptedException {
    Duration timeout = experiment.cluster().rewardTimeout();
    List<Double> rewards = new ArrayList<>();
    int failed = 0;
    List<String> shown = new ArrayList<>();
    for (int first = 0; first < prompts.count(); first += ROWS_PER_UNIT) {
      RolloutUnit unit = unit(experiment, first, prompts.unit(first), sampling);
      for (Trajectory trajectory : engine.generate(unit, (finished, rows, tokens) -> {})) {
        if (Rewards.score(reward, trajectory, timeout) instanceof RewardOutcome.Scored scored) {
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
