package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.kelpie.cli.train.PolicyTokens;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes the pictures of the page in {@code docs/images}: the quickstart over four processes, in the
 * middle of its run, and an online DPO run. Only with {@code -Dkelpie.pictures=FOLDER}; needs
 * Chromium.
 */
class DocsPicturesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @Test
  void picturesShowALiveRun(@TempDir Path work) throws IOException {
    String folder = System.getProperty("kelpie.pictures", "");
    assumeFalse(folder.isEmpty(), "no -Dkelpie.pictures=FOLDER");
    Path images = Path.of(folder).toAbsolutePath();
    List<String> local =
        List.of(
            "local",
            Shipped.quickstart(),
            "--rollout-workers",
            "2",
            "--run-dir",
            new RunFolder(work.resolve("quickstart")).root().toString(),
            "-D",
            "rollout.unit-prompts=4",
            "-D",
            "eval.every=10",
            "-D",
            "eval.samples=128",
            "-D",
            "rollout.threads=1",
            "-D",
            "dashboard.port=0");
    Path profile = Files.createDirectory(work.resolve("profile"));
    try (LaunchedCluster cluster = LaunchedCluster.start(local);
        Chromium page = Chromium.start(Chromium.find().orElseThrow(), profile)) {
      cluster.await("the page", () -> !address(cluster).isEmpty());
      page.resize(1200, 760, false);
      page.prefer("light");
      page.open(address(cluster));
      // past the middle, and evaluated at several steps
      page.await("document.body.innerText.match(/step 4[5-9] of 80/) !== null", PATIENCE);
      page.screenshot(images.resolve("actors.png"));
      page.prefer("dark");
      page.evaluate("location.hash = 'curves'");
      page.await("document.body.innerText.match(/step 5[1-9] of 80/) !== null", PATIENCE);
      page.screenshot(images.resolve("curves.png"));
      assertThat(page.errors()).isEmpty();
    }
  }

  @Test
  void picturesShowAPairAndAHeatMap(@TempDir Path work) throws IOException {
    String folder = System.getProperty("kelpie.pictures", "");
    assumeFalse(folder.isEmpty(), "no -Dkelpie.pictures=FOLDER");
    Path images = Path.of(folder).toAbsolutePath();
    Path run = work.resolve("quickstart-dpo");
    CommandLineRun trained =
        CommandLineRun.of(
            "train",
            Shipped.configs().resolve("quickstart-dpo.conf").toString(),
            "--run-dir",
            run.toString(),
            "-D",
            "run.steps=30",
            "-D",
            "eval.samples=128",
            "-D",
            "dashboard.enabled=false");
    assertThat(trained.code()).as(trained.err()).isZero();
    Path profile = Files.createDirectory(work.resolve("profile"));
    try (PolicyTokens tokens = new PolicyTokens(new RunFolder(run));
        EndedRun.Page served = EndedRun.serve(List.of(run), tokens);
        Chromium page = Chromium.start(Chromium.find().orElseThrow(), profile)) {
      page.resize(1200, 640, false);
      page.prefer("light");
      page.open(served.url() + "#pairs?step=12&pair=2");
      page.await("document.querySelectorAll('.side').length === 2", PATIENCE);
      page.screenshot(images.resolve("pairs.png"));
      page.prefer("dark");
      page.click(".chosen button.link");
      page.await("document.querySelectorAll('.chosen .heat').length > 0", PATIENCE);
      page.click(".chosen input[value=KL]");
      page.evaluate("document.querySelector('.chosen').scrollIntoView()");
      page.evaluate("document.querySelector('.chosen .heat-map').focus()");
      page.press("ArrowRight");
      page.screenshot(images.resolve("heat-map.png"));
      assertThat(page.errors()).isEmpty();
    }
  }

  /** Beside {@code label.png} those of the dark colours, a phone, ratings, help and results. */
  @Test
  void picturesShowAPairToBeJudged(@TempDir Path work) throws IOException {
    String folder = System.getProperty("kelpie.pictures", "");
    assumeFalse(folder.isEmpty(), "no -Dkelpie.pictures=FOLDER");
    Path images = Path.of(folder).toAbsolutePath();
    Path run = PairableRun.write(work.resolve("quickstart"), 4, 8);
    Path profile = Files.createDirectory(work.resolve("profile"));
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = Chromium.start(Chromium.find().orElseThrow(), profile)) {
      page.resize(1200, 640, false);
      page.prefer("light");
      page.open(served.url() + "#label");
      String item = "document.querySelector('#label-card').dataset.item !== ''";
      page.await(item, PATIENCE);
      List.of("1", "2", "3", "1", "s").forEach(page::press);
      page.await("document.querySelector('#view-label').dataset.unsent === '0'", PATIENCE);
      page.screenshot(images.resolve("label.png"));
      page.prefer("dark");
      page.press("n");
      page.screenshot(images.resolve("label-dark.png"));
      page.press("Escape");
      page.press("?");
      page.screenshot(images.resolve("label-help.png"));
      page.evaluate("document.querySelector('#label-help').close()");
      page.resize(390, 844, true);
      page.screenshot(images.resolve("label-phone.png"));
      page.prefer("light");
      page.evaluate(
          "{ const kind = document.querySelector('#label-kind'); kind.value = 'responses';"
              + " kind.dispatchEvent(new Event('change')); }");
      page.await(item, PATIENCE);
      page.press("4");
      page.screenshot(images.resolve("label-rating-phone.png"));
      page.resize(1200, 900, false);
      page.evaluate("document.querySelector('#label-results-panel').open = true");
      page.await("document.querySelectorAll('#label-results tbody tr').length > 0", PATIENCE);
      page.evaluate("document.querySelector('#label-results-panel').scrollIntoView()");
      page.screenshot(images.resolve("label-results.png"));
      assertThat(page.errors()).isEmpty();
    }
  }

  private static String address(LaunchedCluster cluster) {
    return cluster.lines().stream()
        .filter(line -> line.startsWith("page: http"))
        .map(line -> line.substring("page: ".length()))
        .findFirst()
        .orElse("");
  }
}
