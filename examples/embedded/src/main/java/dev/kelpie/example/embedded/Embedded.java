package dev.kelpie.example.embedded;

import dev.kelpie.cli.train.KelpieRun;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/**
 * Trains an experiment in this process, prints each step's reward with its best response, and stops
 * the run after a given step.
 */
public final class Embedded {
  private Embedded() {}

  /** Arguments: the experiment file, a new folder for the run, and the step to stop after. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 3) {
      System.err.println("expected: EXPERIMENT FOLDER STEP");
      System.exit(2);
    }
    long last = Long.parseLong(arguments[2]);
    RunSummary summary;
    try (KelpieRun run = KelpieRun.start(Path.of(arguments[0]), Map.of(), Path.of(arguments[1]))) {
      summary =
          run.follow(
              step -> {
                print(run, step);
                if (step.step() == last) {
                  run.control().stop(); // saves a checkpoint first
                }
              });
    }
    System.out.printf(Locale.ROOT, "%s after %d steps%n", summary.status(), summary.steps());
    summary.error().ifPresent(System.err::println);
    if (summary.status() == RunSummary.Status.FAILED) {
      System.exit(1);
    }
  }

  private static void print(KelpieRun run, StepMetrics step) {
    String best =
        run.samples(step.step()).stream()
            .flatMap(group -> group.members().stream())
            .max(Comparator.comparing(ScoredTrajectory::reward))
            .map(sample -> sample.trajectory().text())
            .orElse("");
    System.out.printf(
        Locale.ROOT, "step %d: reward %.3f, %s%n", step.step(), step.get("reward/mean"), best);
  }
}
