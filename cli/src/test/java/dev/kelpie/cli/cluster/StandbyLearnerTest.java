package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A learner that is killed while a started one waits to take its place. */
class StandbyLearnerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String STARTED = "standby learner (";

  @TempDir private Path folder = Path.of("");

  @Test
  void standbyTakesThePlaceOfAKilledLearnerAndAnotherIsStarted() throws Exception {
    List<Long> standbys;
    try (LaunchedCluster cluster = launch()) {
      cluster.awaitLine(STARTED);
      long standby = standbys(cluster).get(0);
      awaitIdle(standby);
      LaunchedCluster.signal("KILL", cluster.pid("learner"));
      cluster.awaitLine("learner was killed by signal 9; started again (" + standby + ")");
      int seen = cluster.steps();
      cluster.await("a step by the standby", () -> cluster.steps() > seen + 1);
      cluster.await("the next standby", () -> standbys(cluster).size() == 2);
      cluster.signal("INT");
      cluster.awaitLine("stopped: ");
      cluster.awaitEnd();
      cluster.awaitNobody();
      standbys = standbys(cluster);
    }
    assertThat(standbys).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
    JsonNode summary = summary("cluster");
    assertThat(summary.get("status").asText()).isEqualTo("stopped");
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.get("policy-sha256").asText())
        .isEqualTo(alone(summary.get("steps").asLong()));
  }

  private static List<Long> standbys(LaunchedCluster cluster) {
    return cluster.lines().stream()
        .filter(line -> line.startsWith(STARTED))
        .map(line -> Long.parseLong(line.substring(STARTED.length(), line.length() - 1)))
        .toList();
  }

  /** Waits until a process has used no processor time for a while: it has made all it can. */
  private static void awaitIdle(long pid) {
    Duration before = Duration.ofNanos(-1);
    Duration now = used(pid);
    while (now.isZero() || !now.equals(before)) {
      LockSupport.parkNanos(Duration.ofMillis(700).toNanos());
      before = now;
      now = used(pid);
    }
  }

  private static Duration used(long pid) {
    return ProcessHandle.of(pid).orElseThrow().info().totalCpuDuration().orElseThrow();
  }

  private LaunchedCluster launch() throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("local", Shipped.quickstart(), "--run-dir", path("cluster")));
    arguments.addAll(changes("run.steps=100000", "cluster.standby-learner=true"));
    return LaunchedCluster.start(arguments);
  }

  private String alone(long steps) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("train", Shipped.quickstart(), "--run-dir", path("alone")));
    arguments.addAll(changes("run.steps=" + steps));
    CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return summary("alone").get("policy-sha256").asText();
  }

  private static List<String> changes(String... own) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "eval.path=\"\"",
                "rollout.prompts-per-step=4",
                "rollout.threads=1",
                "checkpoint.every=2"));
    all.addAll(List.of(own));
    return all.stream().flatMap(change -> List.of("-D", change).stream()).toList();
  }

  private String path(String run) {
    return folder.resolve(run).toString();
  }

  private JsonNode summary(String run) throws IOException {
    return JSON.readTree(folder.resolve(run).resolve("summary.json").toFile());
  }
}
