package dev.kelpie.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.SmallExperiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real sweeps, short, in processes of their own. */
class SweepCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  @Test
  void wrongMetricAndAFailedRunAreReportedAndWhatHasFinishedIsNotRunAgain() throws IOException {
    SmallExperiment.write(folder, "run.steps = 1, rollout.prompts-per-step = 4");
    Path broken = folder.resolve("sweep/epochs=1/seed-1");
    Files.createDirectories(broken);
    Files.writeString(folder.resolve("sweep/sweep.json"), "{}");
    Files.writeString(broken.resolve("weights"), "a file where the run wants a folder");

    CommandLineRun misspelt = sweep(grid("reward/maen"));
    assertThat(misspelt.code()).as(misspelt.out()).isEqualTo(2);
    assertThat(misspelt.err())
        .startsWith("kelpie: metric: reward/maen (expected: reward/mean?), ")
        .endsWith("s.conf:1\n")
        .hasLineCount(1);
    assertThat(misspelt.out()).contains("[1/2] epochs=1 seed 1: FAILED: ");

    CommandLineRun second = sweep(grid("reward/mean"));
    assertThat(second.code()).as(second.out() + second.err()).isEqualTo(1);
    assertThat(second.out())
        .containsPattern("\\[1/2] epochs=2 seed 1: finished before, reward/mean \\d")
        .contains("epochs=1 seed 1: started again", "[2/2] epochs=1 seed 1: FAILED: ")
        .contains("/epochs=1/seed-1/logs/train.log")
        .containsPattern("epochs=2 +1/1 ")
        .containsPattern("epochs=1 +0/1 ");
    JsonNode result = result();
    assertThat(result.get("finished").asBoolean()).isFalse();
    // the cell without a result comes last
    assertThat(result.at("/cells/1/name").asText()).isEqualTo("epochs=1");
    assertThat(result.at("/cells/1/mean").isNull()).isTrue();
    assertThat(result.at("/cells/1/runs/0/status").asText()).isEqualTo("failed");
    assertThat(result.at("/cells/1/runs/0/error").asText()).isNotEmpty();
    assertThat(result.at("/cells/0/runs/0/samples").asInt()).isEqualTo(4 * 8);
    assertThat(Files.readString(folder.resolve("sweep/sweep.html")))
        .contains("epochs=2", Html.text(result.at("/cells/1/runs/0/error").asText()));
  }

  private String grid(String metric) throws IOException {
    return write(
        "experiment = small.conf, metric = " + metric + ", grid { learner.epochs = [1, 2] }");
  }

  @Test
  void interruptedSweepSavesAndResumesToTheWeightsOfAnUndisturbedRun() throws Exception {
    Path experiment = SmallExperiment.write(folder, "run.steps = 8");
    String file = write("experiment = small.conf, metric = reward/mean");
    ProcessBuilder command =
        LaunchedCluster.command(
            List.of(file, "--run-dir", folder.resolve("sweep").toString(), "--parallel", "1"));
    Collections.replaceAll(command.command(), "cluster", "sweep");
    Process launched = command.redirectErrorStream(true).start();
    List<ProcessHandle> children = new ArrayList<>();
    try (var lines = launched.inputReader()) {
      String line = lines.readLine();
      while (line != null && !line.startsWith("base seed 1: step 1/8")) {
        line = lines.readLine();
      }
      assertThat(line).isNotNull();
      launched.descendants().forEach(children::add);
      assertThat(children).isNotEmpty();
      LaunchedCluster.signal("INT", launched.pid());
      String rest = String.join("\n", lines.lines().toList());
      assertThat(rest).contains("stopping the runs", "base seed 1: stopped after step", "0/1");
      assertThat(launched.waitFor()).isEqualTo(130);
      assertThat(children).noneMatch(ProcessHandle::isAlive);
    } finally {
      launched.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
    }
    assertThat(summary("sweep/base/seed-1").get("status").asText()).isEqualTo("stopped");

    CommandLineRun resumed = sweep(file);
    assertThat(resumed.code()).as(resumed.out() + resumed.err()).isZero();
    assertThat(resumed.out()).containsPattern("base seed 1: resumed, after step [1-7] of before");
    CommandLineRun alone =
        CommandLineRun.of(
            "train", experiment.toString(), "--run-dir", folder.resolve("alone").toString());
    assertThat(alone.code()).as(alone.err()).isZero();
    assertThat(summary("sweep/base/seed-1").get("policy-sha256"))
        .isEqualTo(summary("alone").get("policy-sha256"));
    // 8 steps of 8 prompts x 8 responses, those before the interruption included
    assertThat(result().at("/cells/0/runs/0/samples").asInt()).isEqualTo(8 * 8 * 8);
    assertThat(CommandLineRun.of("runs", folder.toString()).out()).contains("sweep/base/seed-1");
  }

  private CommandLineRun sweep(String file) {
    return CommandLineRun.of("sweep", file, "--run-dir", folder.resolve("sweep").toString());
  }

  private String write(String text) throws IOException {
    return Files.writeString(folder.resolve("s.conf"), text).toString();
  }

  private JsonNode result() throws IOException {
    return JSON.readTree(folder.resolve("sweep/sweep.json").toFile());
  }

  private JsonNode summary(String run) throws IOException {
    return JSON.readTree(folder.resolve(run).resolve("summary.json").toFile());
  }
}
