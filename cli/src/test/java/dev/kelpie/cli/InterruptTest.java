package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C, as the terminal sends it, to a process of its own. */
class InterruptTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  @Test
  void interruptedRunSavesAndGoesOn() throws Exception {
    Path run = folder.resolve("run");
    Process process = start(run);
    try (BufferedReader out = process.inputReader()) {
      awaitLine(out, "step 2/");
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      awaitLine(out, "go on with: ./kelpie train --resume");
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    JsonNode stopped = summary(run);
    long steps = stopped.get("steps").asLong();
    assertThat(stopped.get("status").asText()).isEqualTo("stopped");
    assertThat(steps).isGreaterThanOrEqualTo(2);
    assertThat(run.resolve("checkpoints/step-" + steps + "/MANIFEST.json")).exists();

    CommandLineRun resumed =
        CommandLineRun.of("train", "--resume", run.toString(), "-D", "run.steps=" + (steps + 1));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(summary(run).get("status").asText()).isEqualTo("finished");
    assertThat(summary(run).at("/ledger/clean").asBoolean()).isTrue();
  }

  private static Process start(Path run) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Kelpie.class.getName(),
            "train",
            Shipped.quickstart(),
            "--run-dir",
            run.toString(),
            "-D",
            "run.steps=100000",
            "-D",
            "eval.path=\"\"");
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void awaitLine(BufferedReader out, String start) throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith(start)) {
      line = out.readLine();
    }
    assertThat(line).as("a line that starts with %s", start).isNotNull();
  }

  private static JsonNode summary(Path run) throws IOException {
    return JSON.readTree(run.resolve("summary.json").toFile());
  }
}
