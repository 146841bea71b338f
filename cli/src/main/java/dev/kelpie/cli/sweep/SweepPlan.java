package dev.kelpie.cli.sweep;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.check.ExperimentDiff;
import dev.kelpie.cli.check.Preflight;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.runs.RunLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The runs of a sweep, all checked before the first is started.
 *
 * @param folder the folder of the sweep
 * @param runs cell by cell, each with every seed
 */
record SweepPlan(SweepFile sweep, Path folder, List<SweepRun> runs) {
  SweepPlan {
    runs = List.copyOf(runs);
  }

  /** What is wrong with cells, one line each. */
  static final class WrongCells extends Exception {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> lines; // serializable, as an exception is

    WrongCells(List<String> lines) {
      super(String.join("; ", lines));
      this.lines = new ArrayList<>(lines);
    }

    List<String> lines() {
      return List.copyOf(lines);
    }
  }

  /**
   * Reads and checks the experiment of every cell as {@code kelpie validate} does.
   *
   * @throws WrongCells when a check fails
   */
  static SweepPlan check(SweepFile sweep, Path folder, ReadProgress progress) throws WrongCells {
    List<String> wrong = new ArrayList<>();
    List<SweepRun> runs = new ArrayList<>();
    for (Cell cell : sweep.cells()) {
      try {
        LoadedExperiment loaded = sweep.load(cell, ConfigFactory.empty());
        MetricNames.require(sweep, loaded);
        Preflight.failures(loaded, progress)
            .forEach(failure -> wrong.add("cell " + cell.name() + ": " + failure));
        for (long seed : sweep.seeds(loaded)) {
          Path root = folder.resolve(cell.name()).resolve("seed-" + seed);
          LoadedExperiment seeded = sweep.load(cell, seedOf(seed));
          runs.add(new SweepRun(cell, seed, seeded, new RunFolder(root)));
        }
      } catch (ConfigException e) {
        wrong.add("cell " + cell.name() + ": " + Failures.line(e));
      }
    }
    if (!wrong.isEmpty()) {
      throw new WrongCells(wrong);
    }
    return new SweepPlan(sweep, folder, runs);
  }

  private static Config seedOf(long seed) {
    return ConfigFactory.parseMap(Map.of("run.seed", seed), "seeds of the sweep");
  }

  /**
   * Refuses a sweep some of whose runs were started as other experiments, or are running.
   *
   * @throws ConfigException names the first such run and what differs
   */
  void requireSameExperiments() throws IOException {
    for (SweepRun run : runs) {
      if (run.begun()) {
        RunLock.take(run.folder()).close();
        requireSame(run);
      }
    }
  }

  private void requireSame(SweepRun run) {
    String shown = RunFolder.shown(run.folder().root());
    LoadedExperiment recorded;
    try {
      recorded = ExperimentFiles.loadRecorded(run.folder().experimentFile(), List.of());
    } catch (ConfigException e) {
      throw new ConfigException(
          shown
              + ": cannot be compared with "
              + sweep.file().getFileName()
              + ": "
              + e.getMessage());
    }
    List<ExperimentDiff.Difference> differences =
        ExperimentDiff.of(recorded, run.experiment()).differences().stream()
            .filter(difference -> !difference.key().equals("run.name")) // changes no result
            .toList();
    if (!differences.isEmpty()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: was started as another experiment: %s%s (expected: the same; --run-dir DIR"
                  + " starts the changed sweep in a new folder)",
              shown,
              differences.get(0).line(),
              differences.size() == 1 ? "" : ", and " + (differences.size() - 1) + " more"));
    }
  }

  /** Refuses more runs at the same time than the machine has cores. */
  static void requireCores(int parallel) {
    int cores = Runtime.getRuntime().availableProcessors();
    if (parallel < 1 || parallel > cores) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "--parallel: %d (expected: 1 to %d, the cores of this machine)",
              parallel,
              cores));
    }
  }

  /**
   * Refuses more runs at the same time than memory holds by the estimate of {@code kelpie
   * validate}.
   */
  void requireMemory(int parallel) {
    for (SweepRun run : runs) {
      long most = parallel == 1 ? 1 : Preflight.mostTogether(run.experiment());
      if (parallel > most) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "--parallel: %d (expected: at most %d, by the memory that cell %s needs)",
                parallel,
                most,
                run.cell().name()));
      }
    }
  }

  /** A warning where runs at the same time have more native threads than the machine has cores. */
  List<String> notes(int parallel) {
    int cores = Runtime.getRuntime().availableProcessors();
    int threads =
        runs.stream()
            .mapToInt(
                run ->
                    Math.max(
                        run.experiment().experiment().learner().threads(),
                        run.experiment().experiment().rollout().threads()))
            .max()
            .orElse(1);
    return parallel > 1 && parallel * threads > cores
        ? List.of(
            String.format(
                Locale.ROOT,
                "note: %d runs of %d threads share %d cores; set { learner.threads = %d,"
                    + " rollout.threads = %d } gives each its own",
                parallel,
                threads,
                cores,
                Math.max(1, cores / parallel),
                Math.max(1, cores / parallel)))
        : List.of();
  }
}
