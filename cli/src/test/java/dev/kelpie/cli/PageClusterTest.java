package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page over a run of several processes, some of which are killed. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class PageClusterTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String ROLLOUTS =
      "[...document.querySelectorAll('#actor-table tr[data-actor^=rollout]')]";
  private static final String STEP =
      "Number((document.querySelector('#steps').textContent.match(/\\d+/) ?? ['0'])[0])";

  @TempDir private Path folder = Path.of("");

  @Test
  void killedProcessesAreSeenToGoAndToComeBack() throws Exception {
    Optional<Path> browser = Chromium.find();
    assumeThat(browser).as("chromium on the PATH").isPresent();
    List<String> arguments =
        List.of(
            "local",
            Shipped.quickstart(),
            "--rollout-workers",
            "2",
            "--run-dir",
            folder.resolve("run").toString(),
            "-D",
            "run.steps=100000",
            "-D",
            "rollout.threads=1",
            "-D",
            "rollout.unit-prompts=4",
            "-D",
            "checkpoint.every=5",
            "-D",
            "dashboard.port=0",
            "-D",
            "eval.path=\"\"");
    try (LaunchedCluster cluster = LaunchedCluster.start(arguments);
        Chromium page =
            Chromium.start(browser.orElseThrow(), Files.createDirectory(folder.resolve("p")))) {
      cluster.await("the page", () -> !address(cluster).isEmpty());
      page.open(address(cluster));
      await(page, cluster, ROLLOUTS + ".length === 2");
      await(page, cluster, STEP + " >= 2");
      await(
          page,
          cluster,
          "document.querySelector('#actor-summary').textContent.includes('on 4 nodes')");

      LaunchedCluster.signal("KILL", cluster.pid("rollout-1"));
      await(page, cluster, ROLLOUTS + ".some((row) => row.classList.contains('lost'))");
      assertThat(page.evaluate("document.querySelector('tr.lost td').textContent").asText())
          .startsWith("✕ lost");
      await(
          page,
          cluster,
          ROLLOUTS + ".filter((row) => !row.classList.contains('lost')).length === 2");

      long step = page.evaluate(STEP).asLong();
      LaunchedCluster.signal("KILL", cluster.pid("learner"));
      await(
          page,
          cluster,
          "document.querySelector('#connection').dataset.connection === 'reconnecting'");
      await(page, cluster, "document.querySelector('#connection').dataset.connection === 'live'");
      await(page, cluster, STEP + " > " + step);

      cluster.signal("INT");
      cluster.awaitEnd();
      cluster.awaitNobody();
      await(page, cluster, "document.querySelector('#connection').dataset.connection === 'ended'");
    }
  }

  /** Waits for what the page shows; if it does not come, what the processes said tells why. */
  private static void await(Chromium page, LaunchedCluster cluster, String expression) {
    try {
      page.await(expression, SOON);
    } catch (AssertionError e) {
      throw new AssertionError(
          e.getMessage() + "; the processes say: " + String.join("\n", cluster.lines()), e);
    }
  }

  private static String address(LaunchedCluster cluster) {
    return cluster.lines().stream()
        .filter(line -> line.contains("page: http"))
        .map(line -> line.substring(line.indexOf("http")))
        .findFirst()
        .orElse("");
  }
}
