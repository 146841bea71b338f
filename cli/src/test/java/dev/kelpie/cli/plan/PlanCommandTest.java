package dev.kelpie.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.MeasuredFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {
  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeRun() throws IOException {
    Files.writeString(
        folder.resolve("x.conf"),
        """
        policy.path = policy, data { path = a.jsonl, prompt = p }
        reward.a { type = length }, rollout { threads = 1, workers = 1 }
        rollout { prompts-per-step = 8, group-size = 8, max-new-tokens = 20 }
        learner.threads = 1
        """);
    MeasuredFolder.write(folder.resolve("run"), 8, 1, 1);
  }

  private String plan(String... options) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "plan",
                folder.resolve("x.conf").toString(),
                "--rates",
                folder.resolve("run").toString()));
    all.addAll(List.of(options));
    CommandLineRun terminal = CommandLineRun.of(all.toArray(new String[0]));
    assertThat(terminal.code()).as(terminal.err()).isZero();
    return terminal.out();
  }

  @Test
  void theMeasuredRunIsPredictedByItsOwnTimes() throws IOException {
    JsonNode json =
        JsonMapper.builder()
            .build()
            .readTree(plan("--as-configured", "--json", "--price", "2", "--learner-price", "4"));
    JsonNode given = json.path("as-configured");
    // loading 0.05, a unit 0.4, rewards of 8 groups by 4 workers 0.016, an update 0.3, publishing
    // 0.05, the rest 0.02
    assertThat(given.path("step-s").asDouble()).isCloseTo(0.836, within(0.02));
    assertThat(given.path("idle").asDouble()).isCloseTo(1 - 0.4 / 0.836, within(0.02));
    assertThat(given.path("staleness").asDouble()).isZero();
    double step = given.path("step-s").asDouble();
    assertThat(given.path("cost").asDouble()).isCloseTo(6 * step / 3600, within(1e-9));
    assertThat(json.path("rates").path("steps").asInt()).isEqualTo(7); // the first one warms up
    assertThat(json.has("recommended")).isFalse();
  }

  @Test
  void aTableSaysWhatItRecommendsAndWhatItRestsOn() {
    String text = plan("--rollout-workers", "4");
    assertThat(text)
        .contains("4 rollout workers, 1 on each machine, 125 MB/s between two")
        .contains("as configured  recommended")
        .contains("async.max-staleness")
        .contains("recommended: rollout.unit-prompts = ")
        .contains("rests on 7 steps of ");
  }

  @Test
  void failuresHaveAnEffectiveTime() throws IOException {
    JsonNode json =
        JsonMapper.builder()
            .build()
            .readTree(
                plan(
                    "--as-configured",
                    "--json",
                    "--rollout-workers",
                    "4",
                    "--learner-failures",
                    "0",
                    "--failures",
                    "0.3",
                    "--restart",
                    "5",
                    "--steps",
                    "40"));
    JsonNode faulty = json.path("with-failures");
    assertThat(faulty.path("failures").asInt()).isPositive();
    assertThat(faulty.path("effective-time").asDouble()).isBetween(0.05, 0.95);
  }
}
