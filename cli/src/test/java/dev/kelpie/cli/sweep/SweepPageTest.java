package dev.kelpie.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.dashboard.ChartLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    SweepResult result =
        MadeSweep.result(folder, "max", Map.of("a", List.of(0.1, 0.3), "b", List.of(0.2, 0.4)));
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
    assertThat(MadeSweep.result(folder, "min", Map.of()).cells())
        .extracting(cell -> cell.cell().name())
        .containsExactly("a", "b");
  }

  @Test
  void curvesAreTheMeansByStepWithABand() throws IOException {
    SweepResult result =
        MadeSweep.result(folder, "max", Map.of("a", List.of(0.1, 0.3), "b", List.of(0.2, 0.4)));
    SortedMap<Long, Spread> curve = result.cells().get(1).curve(RunResult::curve);
    // after step 1 of 4: 0.1 + 0.125 and 0.3 + 0.125
    assertThat(curve.getOrDefault(1L, Spread.of(List.of())).mean()).isCloseTo(0.325, within(1e-9));
    assertThat(curve).hasSize(4);
    SweepRunner.write(result);
    String page = Files.readString(folder.resolve("sweep/sweep.html"));
    assertThat(page)
        .contains("<tr><th scope=\"row\">1</th><td>0.425 \u00b1 0.141 over 2 seeds</td>")
        .contains("<td>0.325 \u00b1 0.141 over 2 seeds</td></tr>")
        .contains(ChartLibrary.script());
    assertThat(page.replace(ChartLibrary.script(), ""))
        .doesNotContain("src=", "@import", "<link", "http://", "https://");
    JsonNode data =
        JsonMapper.builder()
            .build()
            .readTree(
                page.replaceFirst("(?s).*id=\"curves\">", "").replaceFirst("(?s)</scr.*", ""));
    assertThat(data.at("/0/lines")).hasSize(2);
    assertThat(data.at("/0/lines/1/name").asText()).isEqualTo("a");
    assertThat(data.at("/0/lines/1/points/0/0").asLong()).isEqualTo(1);
    assertThat(data.at("/0/lines/1/points/0/1").asDouble()).isCloseTo(0.325, within(1e-9));
    assertThat(data.at("/0/lines/1/points/0/2").asDouble()).isCloseTo(0.1414214, within(1e-6));
    assertThat(data.at("/0/lines/1/points/0/3").asInt()).isEqualTo(2);
  }

  @Test
  void textOfARunCannotBecomeAPartOfThePage() throws IOException {
    SweepResult result =
        MadeSweep.result(folder, "max", Map.of("a", List.of(0.1), "b", List.of(0.2)));
    SweepRun run = result.plan().runs().get(0);
    SweepRunner.write(
        SweepResult.read(result.plan(), Map.of(run, "<script>alert('\u001b[31m')</script>")));
    assertThat(Files.readString(folder.resolve("sweep/sweep.html")))
        .contains("&lt;script&gt;alert(&#39;\\u001b[31m&#39;)&lt;/script&gt;")
        .doesNotContain("<script>alert");
    Spread one = new Spread(1, 0.5, Double.NaN);
    String name = "</script><script>alert(1)";
    SweepCurves curves = new SweepCurves(name, Map.of(name, new TreeMap<>(Map.of(7L, one))));
    assertThat(SweepCurves.json(List.of(curves))).doesNotContain("<");
    StringBuilder table = new StringBuilder();
    curves.values(table);
    assertThat(table.toString()).doesNotContain("<script", "NaN").contains("<td>0.500</td>");
  }

  @Test
  void longCurvesAreThinnedAndKeepTheirEnd() {
    SortedMap<Long, Spread> points = new TreeMap<>();
    for (long step = 1; step <= 1000; step++) {
      points.put(step, new Spread(1, step, Double.NaN));
    }
    // every third of 1000, and the last
    SortedMap<Long, Spread> kept =
        new SweepCurves("t", Map.of("a", points)).curves().getOrDefault("a", new TreeMap<>());
    assertThat(kept).hasSize(334).containsKeys(1L, 4L, 1000L);
    assertThat(new SweepCurves("t", Map.of("none", new TreeMap<Long, Spread>())).isEmpty())
        .isTrue();
  }
}
