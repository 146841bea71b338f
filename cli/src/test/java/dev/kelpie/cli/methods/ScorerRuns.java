package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.check.RewardModelInputs;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.learner.reward.RewardModelListener;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.rows.ReadProgress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Trainings of the reward model of a method. */
record ScorerRuns(Method method, Path folder) {
  /** A whole training in the folder {@code name}. */
  Recorded train(String name, List<String> settings) {
    return command(name, settings, List.of());
  }

  /** A training that is stopped before its second update, then resumed. */
  Recorded resumed(String name, List<String> settings) {
    if (method.stepsPerIteration() == 0) {
      return command(name, settings, List.of()); // nothing to resume: the same again
    }
    Path out = folder.resolve(name);
    ReadOptions options =
        new ReadOptions(MetadataColumns.NONE, ReadOptions.NO_KNOWN_HASH, ReadProgress.NONE);
    var loaded = ExperimentFiles.load(Path.of(MethodRuns.file(method.id())), settings);
    try (RewardModelInputs inputs = RewardModelInputs.open(loaded, options)) {
      assertThat(inputs.split().train(out, false, new StopAfterOne()).finished()).isFalse();
    }
    return command(name, settings, List.of("--resume"));
  }

  private Recorded command(String name, List<String> settings, List<String> more) {
    Path out = folder.resolve(name);
    List<String> arguments =
        new ArrayList<>(
            List.of("reward-model", MethodRuns.file(method.id()), "--out", out.toString()));
    arguments.addAll(more);
    for (String setting : settings) {
      arguments.add("-D");
      arguments.add(setting);
    }
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    return new Recorded(out);
  }

  private static final class StopAfterOne implements RewardModelListener {
    private int steps;

    @Override
    public void report(int member, int step, int total, Map<String, Double> numbers) {
      steps++;
    }

    @Override
    public boolean stops() {
      return steps == 1;
    }
  }
}
