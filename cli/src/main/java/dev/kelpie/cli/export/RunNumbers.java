package dev.kelpie.cli.export;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.MetricsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The numbers of a run that an export is about: those of its evaluations, and reward and loss of
 * its steps.
 */
final class RunNumbers {
  static final String REWARD = "reward/mean";
  static final String LOSS = "policy/loss";
  static final String HELD_OUT_REWARD = "eval/reward/mean";
  private static final String HELD_OUT = "eval/";

  private final SortedMap<String, SortedMap<Long, Double>> byName = new TreeMap<>();

  /**
   * Reads them; a run without metrics has none.
   *
   * @throws ConfigException when a line of the file is damaged
   */
  static RunNumbers read(RunFolder run) {
    RunNumbers numbers = new RunNumbers();
    if (Files.exists(run.metricsFile())) {
      try {
        MetricsFile.readAll(
            run,
            numbers::add,
            damage -> {
              throw new ConfigException(damage);
            });
      } catch (IOException e) {
        throw new ConfigException(run.metricsFile() + ": not readable: " + e.getMessage());
      }
    }
    return numbers;
  }

  private void add(StepMetrics line) {
    line.values()
        .forEach(
            (name, value) -> {
              boolean used = name.startsWith(HELD_OUT) || name.equals(REWARD) || name.equals(LOSS);
              if (used && Double.isFinite(value)) {
                byName.computeIfAbsent(name, any -> new TreeMap<>()).put(line.step(), value);
              }
            });
  }

  /** The values of a metric by step; none where the run has no such metric. */
  SortedMap<Long, Double> of(String name) {
    return byName.getOrDefault(name, Collections.emptySortedMap());
  }

  /** The names of what was measured on held-out data. */
  List<String> heldOut() {
    return byName.keySet().stream().filter(name -> name.startsWith(HELD_OUT)).toList();
  }
}
