package dev.kelpie.cli.export;

import dev.kelpie.cli.policy.PolicyFolder;
import dev.kelpie.config.CheckpointOptions;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Goal;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.BestCheckpoint;
import dev.kelpie.runs.CheckpointStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The checkpoints of a run with what was measured of their weights. */
record MeasuredCheckpoints(RunFolder run) {
  /**
   * Returns the folder of the policy whose checkpoint has the best value of a metric, among all
   * checkpoints of the run, also those that are kept as its best and its newest promoted one.
   *
   * @param goal which value is better; empty: {@code checkpoint.goal} of the run
   * @throws ConfigException when there is no such metric, no checkpoint has a value of it, or the
   *     best one is damaged
   */
  Path best(String metric, Optional<Goal> goal) {
    SortedMap<Long, Double> values = values(metric);
    Map<Long, Path> kept = kept();
    Path best =
        kept.entrySet().stream()
            .filter(entry -> values.containsKey(entry.getKey()))
            .min(
                Comparator.comparing(
                    entry -> values.getOrDefault(entry.getKey(), Double.NaN),
                    goal.orElseGet(this::goal).bestFirst()))
            .map(Map.Entry::getValue)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "--best: "
                            + metric
                            + " was measured after steps "
                            + listed(values.keySet().stream().toList())
                            + " (expected: one with a checkpoint, which are after "
                            + (kept.isEmpty() ? "none" : listed(List.copyOf(kept.keySet())))
                            + ")"));
    return PolicyFolder.undamaged(best);
  }

  private static String listed(List<Long> steps) {
    int most = 8;
    String last =
        steps.stream()
            .skip(Math.max(0, steps.size() - most))
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    return steps.size() > most ? "..., " + last : last;
  }

  private SortedMap<Long, Double> values(String metric) {
    RunNumbers numbers = RunNumbers.read(run);
    SortedMap<Long, Double> values = numbers.of(metric);
    if (values.isEmpty()) {
      throw new ConfigException(
          "--best: "
              + metric
              + " (expected: "
              + (numbers.heldOut().isEmpty()
                  ? "a metric of an evaluation, and this run has measured none"
                  : NearestName.expectation(metric, numbers.heldOut()))
              + ")");
    }
    return values;
  }

  /** Folders by step, those called {@code step-N} first. */
  private Map<Long, Path> kept() {
    List<Path> folders = new ArrayList<>(new CheckpointStore(run.checkpoints()).newestFirst());
    new BestCheckpoint(run.checkpoints()).find().ifPresent(folders::add);
    BestCheckpoint.promoted(run.checkpoints()).find().ifPresent(folders::add);
    Map<Long, Path> kept = new TreeMap<>();
    for (Path folder : folders) {
      String name = String.valueOf(folder.getFileName());
      long step = Long.parseLong(name.substring(name.lastIndexOf('-') + 1));
      kept.putIfAbsent(step, folder);
    }
    return kept;
  }

  private Goal goal() {
    try {
      return ExperimentFiles.loadRecorded(run.experimentFile(), List.of())
          .experiment()
          .checkpoint()
          .goal();
    } catch (ConfigException e) {
      return CheckpointOptions.DEFAULTS.goal(); // an experiment of another version
    }
  }
}
