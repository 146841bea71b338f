package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signals, as a terminal or an operator sends them, to a process of its own. */
class BadSignalTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Signals");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ENDLESS =
      "run.steps = 100000, rollout { prompts-per-step = 4, group-size = 2, max-new-tokens = 8 }";

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @CsvSource({"SIGINT, -INT, 130", "SIGTERM, -TERM, 143"})
  void signalledRunSavesAndGoesOn(String what, String signal, int code) throws Exception {
    Path run = folder.resolve("run");
    String experiment = SmallExperiment.write(folder, ENDLESS).toString();
    Process process = start(experiment, "--run-dir", run.toString());
    String word;
    try (BufferedReader out = process.inputReader()) {
      awaitLine(out, "step 2/");
      send(signal, process);
      word = awaitLine(out, "stopping after");
      awaitLine(out, "go on with: ./kelpie train --resume");
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(code);
    } finally {
      process.destroyForcibly();
    }
    JsonNode stopped = summary(run);
    long steps = stopped.get("steps").asLong();
    assertThat(stopped.get("status").asText()).isEqualTo("stopped");
    assertThat(steps).isGreaterThanOrEqualTo(2);
    assertThat(run.resolve("checkpoints/step-" + steps + "/MANIFEST.json")).exists();
    goOn(run, steps + 1);
    TABLE.add(what, "kill " + signal, word + " [exit code " + process.exitValue() + "]");
  }

  @Test
  void secondInterruptEndsAtOnceAndLeavesTheLastCheckpoint() throws Exception {
    Path run = folder.resolve("run");
    String experiment = SmallExperiment.write(folder, ENDLESS).toString();
    CommandLineRun first =
        CommandLineRun.of("train", experiment, "--run-dir", run.toString(), "-D", "run.steps=1");
    assertThat(first.code()).as(first.out()).isZero();
    // A step of 16,384 responses, which takes far longer than this test.
    Process process =
        start(
            "--resume",
            run.toString(),
            "-D",
            "run.steps=9",
            "-D",
            "rollout.prompts-per-step=256",
            "-D",
            "rollout.group-size=64",
            "-D",
            "rollout.max-new-tokens=40",
            "-D",
            "rollout.ignore-stop=true");
    String word;
    try (BufferedReader out = process.inputReader()) {
      awaitLine(out, "training");
      send("-INT", process);
      awaitLine(out, "stopping after");
      send("-INT", process);
      word = awaitLine(out, "ended at once");
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(130);
    } finally {
      process.destroyForcibly();
    }
    assertThat(run.resolve("checkpoints/step-1/MANIFEST.json")).exists();
    goOn(run, 2);
    TABLE.add(
        "SIGINT twice",
        "kill -INT, kill -INT",
        Refusal.stable(folder, word) + " [exit code " + process.exitValue() + "]");
  }

  /** What was saved is good to go on from. */
  private static void goOn(Path run, long steps) throws IOException {
    CommandLineRun resumed =
        CommandLineRun.of(
            "train",
            "--resume",
            run.toString(),
            "-D",
            "run.steps=" + steps,
            "-D",
            "rollout.prompts-per-step=4",
            "-D",
            "rollout.group-size=2");
    assertThat(resumed.code()).as(resumed.out() + resumed.err()).isZero();
    JsonNode summary = summary(run);
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(summary.get("steps").asLong()).isEqualTo(steps);
    assertThat(summary.at("/ledger/clean").asBoolean()).isTrue();
  }

  private static void send(String signal, Process process) throws Exception {
    new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = KelpieJvm.command();
    command.add("train");
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String awaitLine(BufferedReader out, String start) throws IOException {
    List<String> before = new ArrayList<>();
    String line = out.readLine();
    while (line != null && !line.startsWith(start)) {
      before.add(line);
      line = out.readLine();
    }
    if (line == null) {
      throw new AssertionError("no line '" + start + "...' in " + before);
    }
    return line;
  }

  private static JsonNode summary(Path run) throws IOException {
    return JSON.readTree(run.resolve("summary.json").toFile());
  }
}
