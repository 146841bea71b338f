package dev.kelpie.cli.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.Shipped;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The quickstart in a process of its own that goes on until it is stopped. */
final class AttackedRun implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path folder;
  private final File output;
  private final Process process;
  private long peakMib;

  private AttackedRun(Path folder, File output, Process process) {
    this.folder = folder;
    this.output = output;
    this.process = process;
  }

  static AttackedRun start(Path folder, List<String> changes) throws IOException {
    List<String> command = KelpieJvm.command("-Xmx1g", "-Dai.djl.offline=true");
    command.addAll(arguments(folder, "run.steps=100000"));
    changes.forEach(change -> command.addAll(List.of("-D", change)));
    File output = folder.resolveSibling("output").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
    return new AttackedRun(folder, output, process);
  }

  private static List<String> arguments(Path folder, String steps) {
    List<String> arguments =
        new ArrayList<>(List.of("train", Shipped.quickstart(), "--run-dir", folder.toString()));
    for (String change :
        List.of(
            steps,
            "eval.path=\"\"",
            "rollout.prompts-per-step=4",
            "rollout.threads=1",
            "learner.threads=1")) {
      arguments.addAll(List.of("-D", change));
    }
    return arguments;
  }

  /** Steps that it has done. */
  long steps() throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    if (!Files.exists(metrics)) {
      return 0;
    }
    try (var lines = Files.lines(metrics)) {
      return lines.filter(line -> line.contains("reward/mean")).count();
    }
  }

  void awaitStep(long step) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (steps() < step) {
      assertThat(process.isAlive() && System.nanoTime() < end)
          .as("step %s in%n%s", step, Files.readString(output.toPath()))
          .isTrue();
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  /** Largest resident memory before it was stopped, in MiB; 0 where the system does not tell. */
  long peakMib() {
    return peakMib;
  }

  /** Stops it in order; returns the steps that it has done. */
  long stop() throws IOException, InterruptedException {
    peakMib = peak(Path.of("/proc/" + process.pid() + "/status"));
    process.destroy();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return summary(folder).get("steps").asLong();
  }

  private static long peak(Path status) throws IOException {
    if (!Files.isReadable(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .sum();
  }

  /** The hash of the weights after as many steps of a run that nobody disturbs. */
  static String undisturbed(Path folder, long steps) throws IOException {
    CommandLineRun run =
        CommandLineRun.of(arguments(folder, "run.steps=" + steps).toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return summary(folder).get("policy-sha256").asText();
  }

  private static JsonNode summary(Path folder) throws IOException {
    return JSON.readTree(folder.resolve("summary.json").toFile());
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
