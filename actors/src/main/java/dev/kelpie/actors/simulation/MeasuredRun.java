package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.EffectiveTime;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.MetricsFile;
import dev.kelpie.runs.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A run whose times others are predicted by.
 *
 * @param steps its undisturbed steps, without the first, in which a process warms up
 * @param weightBytes size of a published version; 0 where none is left
 */
public record MeasuredRun(
    Path folder, Experiment experiment, List<StepMetrics> steps, long weightBytes) {
  private static final int FEWEST = 3;

  public MeasuredRun {
    steps = List.copyOf(steps);
  }

  /**
   * Reads a run folder.
   *
   * @throws ConfigException when it has not enough steps with the times of units
   */
  public static MeasuredRun read(Path path) {
    RunFolder folder = new RunFolder(path);
    if (!Files.exists(folder.metricsFile())) {
      throw new ConfigException(
          path + ": no metrics.jsonl (expected: the folder of a run that has finished steps)");
    }
    Experiment experiment =
        ExperimentFiles.loadRecorded(folder.experimentFile(), List.of()).experiment();
    List<StepMetrics> steps = new ArrayList<>();
    try {
      MetricsFile.readAll(
          folder,
          step -> {
            boolean complete = step.get("unit/count") > 0 && step.get("timing_s/step") > 0;
            if (complete && step.step() > 1 && !(step.get(EffectiveTime.DISTURBED) > 0)) {
              steps.add(step);
            }
          },
          damaged -> {});
    } catch (IOException e) {
      throw new ConfigException(path + ": metrics.jsonl is not readable: " + e.getMessage());
    }
    if (steps.size() < FEWEST) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: %d undisturbed steps with the times of units (expected: at least %d after the"
                  + " first, of a run of this version)",
              path,
              steps.size(),
              FEWEST));
    }
    return new MeasuredRun(path, experiment, steps, newest(folder));
  }

  private static long newest(RunFolder folder) {
    try (var files = Files.list(folder.weights())) {
      return files.mapToLong(Sizes::below).max().orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
