package dev.kelpie.cli.sweep;

import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.EndedRun;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The folder of a sweep made by hand. */
public final class MadeSweep {
  private MadeSweep() {}

  /** Writes a sweep of the cells a and b with two seeds each in {@code folder/sweep}. */
  public static Path write(Path folder) throws IOException {
    SweepRunner.write(
        result(folder, "max", Map.of("a", List.of(0.1, 0.3), "b", List.of(0.2, 0.4))));
    return folder.resolve("sweep");
  }

  /** Two cells; runs of four steps that start at the rewards given by cell and seed. */
  static SweepResult result(Path folder, String goal, Map<String, List<Double>> rewards)
      throws IOException {
    SmallExperiment.write(folder, "run.steps = 4");
    Path file =
        Files.writeString(
            folder.resolve("s.conf"),
            "experiment = small.conf, metric = reward/mean, goal = "
                + goal
                + ", list = [{ name = a }, { name = b }]");
    SweepFile sweep = SweepFile.read(file, List.of());
    Path root = folder.resolve("sweep");
    List<SweepRun> runs = new ArrayList<>();
    for (Cell cell : sweep.cells()) {
      LoadedExperiment loaded = sweep.load(cell, ConfigFactory.empty());
      for (int seed = 1; seed <= 2; seed++) {
        RunFolder run = new RunFolder(root.resolve(cell.name()).resolve("seed-" + seed));
        List<Double> starts = rewards.getOrDefault(cell.name(), List.of());
        if (starts.size() >= seed) {
          EndedRun.write(run.root(), 4, 4, starts.get(seed - 1));
          Files.writeString(run.experimentFile(), loaded.render("unknown"));
        }
        runs.add(new SweepRun(cell, seed, loaded, run));
      }
    }
    return SweepResult.read(new SweepPlan(sweep, root, runs), Map.of());
  }
}
