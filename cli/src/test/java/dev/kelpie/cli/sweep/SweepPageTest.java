package dev.kelpie.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.EndedRun;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The result of a sweep from run folders made by hand. */
class SweepPageTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void cellsAreSortedByTheMeanOfTheirFinishedRunsWithTheSpreadOverSeeds() throws IOException {
    SweepResult result = result("max", Map.of("a", List.of(0.1, 0.3), "b", List.of(0.2, 0.4)));
    // the reward of a run rises by 0.5: a ends at 0.6 and 0.8, b at 0.7 and 0.9
    assertThat(result.cells()).extracting(cell -> cell.cell().name()).containsExactly("b", "a");
    Spread best = result.cells().get(0).value();
    assertThat(best.mean()).isCloseTo(0.8, within(1e-9));
    // deviations of 0.1 to each side: sqrt((0.01 + 0.01) / 1)
    assertThat(best.deviation()).isCloseTo(Math.sqrt(0.02), within(1e-9));
    assertThat(result.table().lines())
        .containsExactly(
            "cell  seeds  held-out   mean    std  samples  seconds",
            "b       2/2         -  0.800  0.141        0        2",
            "a       2/2         -  0.700  0.141        0        2");
    assertThat(result("min", Map.of()).cells())
        .extracting(cell -> cell.cell().name())
        .containsExactly("a", "b");
  }

  @Test
  void curvesAreTheMeansByStepWithABand() throws IOException {
    SweepResult result = result("max", Map.of("a", List.of(0.1, 0.3), "b", List.of(0.2, 0.4)));
    SortedMap<Long, Spread> curve = result.cells().get(1).curve(RunResult::curve);
    // after step 1 of 4: 0.1 + 0.125 and 0.3 + 0.125
    assertThat(curve.getOrDefault(1L, Spread.of(List.of())).mean()).isCloseTo(0.325, within(1e-9));
    assertThat(curve).hasSize(4);
    SweepRunner.write(result);
    String page = Files.readString(folder.resolve("sweep/sweep.html"));
    assertThat(page)
        .contains("<title>a, step 1: 0.325 \u00b1 0.141 over 2 seeds</title>")
        .doesNotContain("<script", "http://", "https://", "src=");
    assertThat(page.split("<polyline class=\"c[01]\" stroke-dasharray=\"\" points=\"\\d{2,}", -1))
        .hasSize(3);
  }

  @Test
  void textOfARunCannotBecomeAPartOfThePage() throws IOException {
    SweepResult result = result("max", Map.of("a", List.of(0.1), "b", List.of(0.2)));
    SweepRun run = result.plan().runs().get(0);
    SweepRunner.write(
        SweepResult.read(result.plan(), Map.of(run, "<script>alert('\u001b[31m')</script>")));
    assertThat(Files.readString(folder.resolve("sweep/sweep.html")))
        .contains("&lt;script&gt;alert(&#39;\\u001b[31m&#39;)&lt;/script&gt;")
        .doesNotContain("<script");
  }

  @Test
  void constantCurveAndCurveOfOnePointAreDrawn() {
    SortedMap<Long, Spread> one = new TreeMap<>(Map.of(7L, new Spread(1, 0.5, Double.NaN)));
    assertThat(new SvgChart("t", Map.of("one", one)).svg())
        .contains("<circle")
        .doesNotContain("NaN", "Infinity");
    assertThat(new SvgChart("t", Map.of("none", new TreeMap<Long, Spread>())).svg()).isEmpty();
  }

  /** Two cells; runs of four steps that start at the rewards given by cell and seed. */
  private SweepResult result(String goal, Map<String, List<Double>> rewards) throws IOException {
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
