package dev.kelpie.cli.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.train.KelpieRun;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.runs.TrackingFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowTrackerTest {
  private static final Path CONFIG = Path.of(Shipped.quickstart());

  @TempDir private Path folder = Path.of("");

  @Test
  void aServerThatWasDownHasEveryNumberOnceAndAResumedRunGoesOnThere() throws Exception {
    Path place = folder.resolve("tracked");
    List<StepMetrics> steps = new ArrayList<>();
    try (MlflowServer server = new MlflowServer()) {
      server.down = true;
      try (KelpieRun run = KelpieRun.start(CONFIG, keys(server.url(), "2"), place)) {
        run.follow(
            step -> {
              awaitWarning(run);
              steps.add(step);
              server.down = false;
            });
        assertThat(warnings(run)).hasSize(1);
        assertThat(warnings(run).get(0).text())
            .isEqualTo(
                server.url()
                    + " does not take the metrics: experiments/get-by-name: status 500: {}; it is"
                    + " asked again");
        assertThat(run.view().events())
            .extracting(RunEvent::text)
            .contains(
                "tracking: metrics and settings are sent to "
                    + server.url()
                    + ", which is this machine");
      }
      assertThat(server.wrong).isEmpty();
      assertThat(server.experiments).containsOnlyKeys("arithmetic");
      assertThat(server.runs).hasSize(1);
      MlflowServer.Run tracked = Objects.requireNonNull(server.runs.get("run1"));
      assertThat(tracked.name).isEqualTo("tracked");
      assertThat(tracked.status).isEqualTo("FINISHED");
      assertThat(tracked.params).containsEntry("run.steps", "2").containsKey("data.path");
      assertThat(tracked.params.keySet()).noneMatch(key -> key.startsWith("tracking"));
      assertThat(tracked.params.get("data.path")).isEqualTo("\"train.jsonl\""); // no folder
      assertThat(tracked.tags).containsKeys("kelpie.version", "kelpie.policy-sha256");
      for (StepMetrics step : steps) {
        assertThat(at(tracked, step.step())).containsAllEntriesOf(finite(step));
      }
      assertThat(at(tracked, 0)).containsKey("eval/reward/mean");
      assertThat(TrackingFile.read(new RunFolder(place)))
          .contains(new TrackingFile(server.url(), "run1", 2));

      try (KelpieRun run = KelpieRun.resume(place, Map.of("run.steps", "3"))) {
        assertThat(run.await().status()).isEqualTo(RunSummary.Status.FINISHED);
      }
      assertThat(server.wrong).isEmpty(); // no number twice
      assertThat(server.runs).hasSize(1);
      assertThat(tracked.metrics.get("reward/mean")).containsOnlyKeys(1L, 2L, 3L);
    }
  }

  @Test
  void aServerThatIsNotThereEndsNoRun() throws Exception {
    try (KelpieRun run =
        KelpieRun.start(
            CONFIG, keys("http://127.0.0.1:" + closedPort(), "1"), folder.resolve("r"))) {
      assertThat(run.await().status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(warnings(run)).hasSize(1);
    }
  }

  private static Map<String, String> keys(String url, String steps) {
    Map<String, String> keys = new HashMap<>();
    keys.put("run.steps", steps);
    keys.put("eval.samples", "16");
    keys.put("rollout.prompts-per-step", "4");
    keys.put("tracking.mlflow-url", '"' + url + '"');
    keys.put("tracking.experiment", "arithmetic");
    return keys;
  }

  private static int closedPort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private static void awaitWarning(KelpieRun run) {
    long until = System.nanoTime() + 30_000_000_000L;
    while (warnings(run).isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(until);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static List<RunEvent> warnings(KelpieRun run) {
    return run.view().events().stream()
        .filter(event -> event.level() == RunEvent.Level.WARNING)
        .filter(event -> event.source().equals("tracking"))
        .toList();
  }

  private static Map<String, Double> at(MlflowServer.Run run, long step) {
    Map<String, Double> values = new TreeMap<>();
    run.metrics.forEach(
        (name, steps) -> {
          if (steps.containsKey(step)) {
            values.put(name, steps.get(step));
          }
        });
    return values;
  }

  private static Map<String, Double> finite(StepMetrics step) {
    return step.values().entrySet().stream()
        .filter(entry -> Double.isFinite(entry.getValue()))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
