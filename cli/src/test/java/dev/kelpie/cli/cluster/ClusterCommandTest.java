package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The quickstart, shortened, over several JVMs that are killed at random moments. */
class ClusterCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int STEPS = 10;

  @TempDir private Path folder = Path.of("");

  @Test
  void killedProcessesAreReplacedAndTheWeightsAreThoseOfOneProcess() throws Exception {
    String alone = alone();
    try (LaunchedCluster cluster = launch(1)) {
      killAfterStep(cluster, "rollout-1", 1, 5);
      killAfterStep(cluster, "learner", 5, 6);

      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      cluster.awaitNobody();
    }
    assertFinished(alone);
    assertThat(folder.resolve("cluster/logs")).isDirectoryContaining("glob:**/rollout-1.log");
    assertThat(folder.resolve("cluster/cluster.json")).doesNotExist();
  }

  @Test
  void interruptedClusterSavesAndNobodyIsLeft() throws Exception {
    try (LaunchedCluster cluster = launch(2, "run.steps=100000")) {
      cluster.awaitLine("step 2/");
      cluster.signal("INT");
      cluster.awaitLine("stopped: ");
      cluster.awaitEnd();
      cluster.awaitNobody();
    }
    JsonNode summary = summary();
    assertThat(summary.get("status").asText()).isEqualTo("stopped");
    assertThat(summary.at("/ledger/clean").asBoolean()).isTrue();
    assertThat(folder.resolve("cluster/checkpoints/step-" + summary.get("steps").asLong()))
        .isDirectory();
  }

  @Test
  void secondInterruptEndsAllAtOnce() throws Exception {
    // A step of 16,384 responses, which takes far longer than this test.
    try (LaunchedCluster cluster =
        launch(
            1,
            "rollout.prompts-per-step=256",
            "rollout.group-size=64",
            "rollout.max-new-tokens=40",
            "rollout.ignore-stop=true",
            "rollout.unit-prompts=256",
            "eval.path=\"\"")) {
      cluster.awaitLine("training");
      cluster.signal("INT");
      cluster.awaitLine("stopping after");
      cluster.signal("INT");
      cluster.awaitLine("ended at once; go on from the last checkpoint with: ./kelpie cluster");
      assertThat(cluster.awaitEnd()).isEqualTo(130);
      cluster.awaitNobody();
    }
    assertThat(folder.resolve("cluster/summary.json")).doesNotExist();
  }

  @Test
  void pageIsOpenedAndItsTokenIsTheOwners() throws Exception {
    Path opened = folder.resolve("opened");
    Path browser = folder.resolve("bin/xdg-open");
    Files.createDirectories(browser.getParent());
    Files.writeString(browser, "#!/bin/sh\necho \"$1\" >>" + opened + "\n");
    Files.setPosixFilePermissions(browser, PosixFilePermissions.fromString("rwxr-xr-x"));
    ProcessBuilder command =
        LaunchedCluster.command(
            arguments(1, List.of("--open"), "run.steps=1", "dashboard.port=0", "eval.path=\"\""));
    command.environment().merge("PATH", browser.getParent() + ":", (path, own) -> own + path);
    try (LaunchedCluster cluster = LaunchedCluster.start(command)) {
      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      cluster.await("the browser", () -> Files.exists(opened));
      String page =
          cluster.lines().stream()
              .filter(line -> line.startsWith("page: http"))
              .findFirst()
              .orElseThrow();
      cluster.await("its address", () -> holds(opened, page.substring("page: ".length()) + "\n"));
    }
    Path log = folder.resolve("cluster/logs/learner.log");
    assertThat(log).content().contains("?token=");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-------");
  }

  private static boolean holds(Path file, String text) {
    try {
      return Files.readString(file).equals(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void nobodyOutlivesALauncherThatIsKilled() throws Exception {
    try (LaunchedCluster cluster = launch(1, "run.steps=100000")) {
      cluster.awaitLine("step 1/");
      cluster.signal("KILL");
      cluster.awaitNobody();
    }
    // Its learner has finished the step at hand and saved.
    assertThat(summary().get("status").asText()).isEqualTo("stopped");
  }

  @Test
  void wrongInputIsToldOnceAndLeavesNothing() {
    CommandLineRun run =
        CommandLineRun.of(
            "cluster",
            "local",
            Shipped.quickstart(),
            "--run-dir",
            folder.resolve("cluster").toString(),
            "-D",
            "data.path=nowhere.jsonl");
    assertThat(run.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(run.err()).hasLineCount(1).contains("nowhere.jsonl");
    assertThat(folder.resolve("cluster")).doesNotExist();
    assertThat(refused(folder.resolve("cluster"), "-D", "rollout.engine=dlj"))
        .isEqualTo("kelpie: rollout.engine: dlj (expected: djl? one of djl, dataset), -D\n");
    assertThat(folder.resolve("cluster")).doesNotExist();
    assertThat(refused(folder))
        .isEqualTo(
            "kelpie: --run-dir: "
                + folder
                + " exists (expected: a new folder; kelpie cluster local --resume "
                + folder
                + " goes on in it)\n");
    Path below = Path.of(Shipped.quickstart(), "run");
    assertThat(refused(below))
        .isEqualTo(
            "kelpie: --run-dir: "
                + RunFolder.shown(below)
                + " cannot be made: Not a directory (expected: a place that can be written to)\n");
    assertThat(CommandLineRun.of("cluster", "join", folder.toString()).err())
        .isEqualTo(
            "kelpie: RUN: " + folder + " (expected: the folder of a run that is going on)\n");
  }

  private static String refused(Path run, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("cluster", "local", Shipped.quickstart(), "--run-dir", run.toString()));
    arguments.addAll(List.of(more));
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    return terminal.err();
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void rolloutWorkerMayBeKilledAtAnyMoment(long seed) throws Exception {
    killAtRandom("rollout-1", seed);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void learnerMayBeKilledAtAnyMoment(long seed) throws Exception {
    killAtRandom("learner", seed);
  }

  private void killAtRandom(String name, long seed) throws Exception {
    String alone = alone();
    try (LaunchedCluster cluster = launch(1)) {
      killAfterStep(cluster, name, 1 + new Random(seed).nextInt(STEPS - 4), seed);
      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      cluster.awaitNobody();
    }
    assertFinished(alone);
  }

  /** Kills a process with {@code kill -9} up to half a second after a step. */
  private static void killAfterStep(LaunchedCluster cluster, String name, int step, long seed)
      throws Exception {
    cluster.awaitLine("step " + step + "/");
    long moment = System.nanoTime() + Duration.ofMillis(new Random(seed).nextInt(500)).toNanos();
    while (System.nanoTime() < moment) {
      LockSupport.parkNanos(moment - System.nanoTime());
    }
    long killed = System.nanoTime();
    LaunchedCluster.signal("KILL", cluster.pid(name));
    cluster.awaitLine(name + " was killed by signal 9; started again");
    // What the killed process had done already may complete one more step.
    int seen = cluster.steps();
    cluster.await("a step by the replacement", () -> cluster.steps() > seen + 1);
    System.out.printf(
        "%s killed after step %d: a step by its replacement after %.1f s%n",
        name, step, (System.nanoTime() - killed) / 1e9);
  }

  private void assertFinished(String policySha256) throws IOException {
    JsonNode summary = summary();
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(summary.get("policy-sha256").asText()).isEqualTo(policySha256);
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.at("/ledger/consumed").asInt()).isEqualTo(64 * STEPS);
    assertThat(Files.readAllLines(folder.resolve("cluster/run-events.jsonl"))).isNotEmpty();
  }

  private String alone() throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train", Shipped.quickstart(), "--run-dir", folder.resolve("alone").toString()));
    arguments.addAll(changes());
    CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return JSON.readTree(folder.resolve("alone/summary.json").toFile())
        .get("policy-sha256")
        .asText();
  }

  private LaunchedCluster launch(int workers, String... changes) throws IOException {
    return LaunchedCluster.start(arguments(workers, List.of(), changes));
  }

  private List<String> arguments(int workers, List<String> options, String... changes) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "local",
                Shipped.quickstart(),
                "--rollout-workers",
                String.valueOf(workers),
                "--run-dir",
                folder.resolve("cluster").toString()));
    arguments.addAll(options);
    arguments.addAll(changes());
    for (String change : changes) {
      arguments.addAll(List.of("-D", change));
    }
    return arguments;
  }

  /** Two units of work a step, a checkpoint every other step, no long evaluation. */
  private static List<String> changes() {
    List<String> arguments = new ArrayList<>();
    for (String change :
        List.of(
            "eval.samples=16",
            "rollout.unit-prompts=4",
            "rollout.threads=1",
            "checkpoint.every=2",
            "run.steps=" + STEPS)) {
      arguments.addAll(List.of("-D", change));
    }
    return arguments;
  }

  private JsonNode summary() throws IOException {
    return JSON.readTree(folder.resolve("cluster/summary.json").toFile());
  }
}
