package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page over a run of several processes, some of which are killed. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class PageClusterTest {
  private static final String ROLLOUTS =
      "[...document.querySelectorAll('#actor-table tr[data-actor^=rollout]')]";

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
    Path run = folder.resolve("run");
    try (LaunchedCluster cluster = LaunchedCluster.start(arguments);
        Chromium page =
            Chromium.start(browser.orElseThrow(), Files.createDirectory(folder.resolve("p")))) {
      PageVisit visit =
          new PageVisit(page, cluster::lines, new RunFolder(run).logs().resolve("learner.log"));
      cluster.await("the page", () -> !address(cluster).isEmpty());
      page.open(address(cluster));
      visit.actorsMove(2);
      visit.await("document.querySelector('#actor-summary').textContent.includes('on 4 nodes')");
      visit.curvesGrow();
      visit.aPointLeadsToItsSamples();
      visit.pausesAndResumes();
      aKilledWorkerTurnsRedAndComesBack(visit, cluster);
      aKilledLearnerComesBack(visit, cluster);

      cluster.signal("INT");
      cluster.awaitEnd();
      cluster.awaitNobody();
      visit.await(PageVisit.CONNECTION + " === 'ended'");
      PageVisit.opensAfterItsEnd(page, run);
    }
  }

  private static void aKilledWorkerTurnsRedAndComesBack(PageVisit visit, LaunchedCluster cluster)
      throws Exception {
    visit.show("actors");
    visit.await(ROLLOUTS + ".length === 2");
    LaunchedCluster.signal("KILL", cluster.pid("rollout-1"));
    visit.await(ROLLOUTS + ".some((row) => row.classList.contains('lost'))");
    JsonNode lost =
        visit
            .page()
            .evaluate(
                "(() => { const row = document.querySelector('tr.lost td');"
                    + " return row && [row.textContent, getComputedStyle(row).color]; })()");
    if (!lost.isNull()) { // it may be back already
      assertThat(lost.get(0).asText()).startsWith("✕ lost");
      assertThat(lost.get(1).asText()).isEqualTo("rgb(196, 78, 0)"); // --vermillion
    }
    visit.await(ROLLOUTS + ".filter((row) => !row.classList.contains('lost')).length === 2");
  }

  private static void aKilledLearnerComesBack(PageVisit visit, LaunchedCluster cluster)
      throws Exception {
    long step = visit.step();
    LaunchedCluster.signal("KILL", cluster.pid("learner"));
    visit.await(PageVisit.CONNECTION + " === 'reconnecting'");
    visit.await(PageVisit.CONNECTION + " === 'live'");
    visit.awaitStepAfter(step);
  }

  private static String address(LaunchedCluster cluster) {
    return cluster.lines().stream()
        .filter(line -> line.contains("page: http"))
        .map(line -> line.substring(line.indexOf("http")))
        .findFirst()
        .orElse("");
  }
}
