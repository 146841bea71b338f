package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kelpie.experience.RunFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, over a run that trains and over runs that ended. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class PageTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final List<String> TABS =
      List.of("actors", "curves", "samples", "pairs", "label", "run");
  private static final String ADDRESS = "page: http";

  @TempDir private Path folder = Path.of("");
  private Path browser = Path.of("");

  @BeforeEach
  void needsABrowser() {
    Optional<Path> found = Chromium.find();
    assumeThat(found).as("chromium on the PATH").isPresent();
    browser = found.orElseThrow();
  }

  private Chromium start() throws IOException {
    return Chromium.start(browser, Files.createDirectory(folder.resolve("profile")));
  }

  @Test
  void aRunThatTrainsIsShownPausedAndResumed() throws Exception {
    Path run = folder.resolve("run");
    Process training = train(run);
    List<String> said = new CopyOnWriteArrayList<>();
    try (BufferedReader out = training.inputReader();
        Chromium page = start()) {
      page.open(address(out, said));
      Chromium.readOn(out, "training-output", said::add);
      PageVisit visit = new PageVisit(page, () -> said, new RunFolder(run).runEventsFile());
      visit.actorsMove(2);
      visit.curvesGrow();
      visit.chartsArePainted();
      visit.aPointLeadsToItsSamples();
      showsTokens(visit);
      showsConfigurationAndLedger(visit);
      visit.pausesAndResumes();
      visit.savesACheckpoint(new RunFolder(run).checkpoints());
      visit.drainsAWorker();
      assertThat(page.errors()).isEmpty();
      survivesAGap(visit);
      end(training);
      PageVisit.opensAfterItsEnd(page, run);
    } finally {
      end(training);
    }
  }

  private static void showsTokens(PageVisit visit) {
    visit.show("samples?step=1");
    visit.showsSamplesOf(1);
    visit.page().click(".response button.link");
    visit.await("document.querySelectorAll('.heat-map .heat').length > 0");
  }

  private static void showsConfigurationAndLedger(PageVisit visit) {
    visit.show("run");
    visit.await("document.querySelectorAll('#config tbody tr').length > 40");
    visit.await(
        "[...document.querySelectorAll('#config tr.changed th')]"
            + ".some((key) => key.textContent === 'run.steps')");
    visit.await("document.querySelector('#ledger').textContent.includes('consumed')");
  }

  private static void survivesAGap(PageVisit visit) {
    long step = visit.step();
    visit.page().offline(true);
    visit.page().evaluate("new Promise((done) => setTimeout(done, 10000))");
    visit.page().offline(false);
    visit.await(PageVisit.CONNECTION + " === 'live'");
    visit.awaitStepAfter(step + 1);
  }

  private static Process train(Path run) throws IOException {
    List<String> command = KelpieJvm.command();
    command.addAll(
        List.of(
            "train",
            Shipped.quickstart(),
            "--run-dir",
            run.toString(),
            "-D",
            "run.steps=100000",
            "-D",
            "rollout.workers=2",
            "-D",
            "rollout.threads=1",
            "-D",
            "rollout.unit-prompts=4",
            "-D",
            "dashboard.port=0",
            "-D",
            "eval.path=\"\""));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String address(BufferedReader out, List<String> said) throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith(ADDRESS)) {
      said.add(line);
      line = out.readLine();
    }
    assertThat(line).as("the line with the page's address, after %s", said).isNotNull();
    return String.valueOf(line).substring("page: ".length());
  }

  private static void end(Process training) throws IOException, InterruptedException {
    if (!training.isAlive()) {
      return;
    }
    new ProcessBuilder("kill", "-INT", Long.toString(training.pid())).start().waitFor();
    if (!training.waitFor(2, TimeUnit.MINUTES)) {
      training.destroyForcibly();
    }
  }

  @Test
  void aLongRunThatEndedOpensAtOnceAndFitsEveryScreen() throws Exception {
    Path run = EndedRun.write(folder.resolve("long"), 100, 10_000, 0.3);
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start()) {
      page.open(served.url());
      page.await("document.querySelectorAll('#actor-table tr[data-actor]').length === 100", SOON);
      double shown = page.evaluate("performance.now()").asDouble();
      System.out.printf("100 actors of a run of 10,000 steps shown after %.0f ms%n", shown);
      // under 1 s on a quiet machine; a build shares its cores
      assertThat(shown).isLessThan(5000);
      assertThat(page.evaluate("document.querySelector('#phase').textContent").asText())
          .isEqualTo("finished");
      assertThat(page.evaluate("document.querySelector('#controls').hidden").asBoolean()).isTrue();
      assertThat(page.evaluate("document.querySelector('tr.lost').dataset.actor").asText())
          .isEqualTo("rollout-3");
      for (String colours : List.of("light", "dark")) {
        page.prefer(colours);
        page.resize(390, 844, true);
        assertThat(overflowing(page)).as("phone, " + colours).isEmpty();
        page.resize(1280, 800, false);
        assertThat(overflowing(page)).as("laptop, " + colours).isEmpty();
      }
      assertThat(page.errors()).isEmpty();
    }
  }

  /** The views that are wider than the screen. */
  private static List<String> overflowing(Chromium page) {
    List<String> wide = new ArrayList<>();
    for (String tab : TABS) {
      page.evaluate("location.hash = '" + tab + "'");
      page.await("!document.querySelector('#view-" + tab + "').hidden", SOON);
      page.evaluate("new Promise((done) => setTimeout(done, 300))");
      if (page.evaluate("document.documentElement.scrollWidth > innerWidth").asBoolean()) {
        wide.add(tab);
      }
    }
    return wide;
  }

  @Test
  void whatAModelWritesIsNeverMoreThanText() throws Exception {
    Path run = EndedRun.write(folder.resolve("run"), 4, 3, 0.3);
    String markup = "<img src=x onerror=\"document.title='owned'\"><script>1</script> {a|b}";
    EndedRun.addSample(run, 3, markup);
    Files.writeString(
        run.resolve("run-events.jsonl"),
        "{\"time\":\"2026-01-02T03:04:06Z\",\"level\":\"error\",\"source\":\"<b>x</b>\","
            + "\"text\":\"<img src=x onerror=alert(1)>\"}\n",
        StandardOpenOption.APPEND);
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start()) {
      page.open(served.url() + "#samples?step=3");
      page.await("document.querySelectorAll('.response').length === 1", SOON);
      assertThat(page.evaluate("document.querySelector('.response pre').textContent").asText())
          .isEqualTo(markup);
      assertThat(page.evaluate("document.querySelector('.prompt').textContent").asText())
          .isEqualTo(markup);
      page.evaluate("location.hash = 'run'");
      page.await("document.querySelector('#events').textContent.includes('onerror')", SOON);
      assertThat(page.evaluate("document.querySelectorAll('main img, main script, main b').length"))
          .hasToString("0");
      assertThat(page.evaluate("document.title").asText()).startsWith("run");
      assertThat(page.errors()).isEmpty();
    }
  }

  @Test
  void twoRunsLieOverEachOtherAndTheKeyboardLeadsThere() throws Exception {
    Path first = EndedRun.write(folder.resolve("first"), 4, 50, 0.3);
    Path second = EndedRun.write(folder.resolve("second"), 4, 50, 0.1);
    try (EndedRun.Page served = EndedRun.serve(List.of(first, second));
        Chromium page = start()) {
      page.open(served.url());
      page.await("document.querySelectorAll('#run-select option').length === 2", SOON);
      page.evaluate("document.querySelector('#tab-actors').focus()");
      page.press("ArrowRight");
      page.await("document.activeElement.id === 'tab-curves'", SOON);
      page.await("!document.querySelector('#view-curves').hidden", SOON);
      String reward = "document.querySelector('#charts .canvas').getAttribute('aria-label')";
      // reward / mean at step 50: 0.3 + 0.5 and 0.1 + 0.5
      page.await(reward + ".includes('0.8 at step 50 · 0.6 at step 50')", SOON);
      page.evaluate("document.querySelector('#run-select').value = '1'");
      page.evaluate("document.querySelector('#run-select').dispatchEvent(new Event('change'))");
      page.await("document.title.startsWith('second')", SOON);
      assertThat(page.errors()).isEmpty();
    }
  }

  @Test
  void aChartIsWalkedByKeyboardAndItsValuesAreSaidAndListed() throws Exception {
    Path run = EndedRun.write(folder.resolve("run"), 4, 50, 0.3);
    EndedRun.addSample(run, 49, "seven");
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start()) {
      page.open(served.url() + "#curves");
      page.await("document.querySelectorAll('#charts canvas').length > 0", SOON);
      page.evaluate("document.querySelector('#zoom-reset').focus()");
      for (int i = 0; i < 3; i++) {
        page.press("Tab"); // over the choice of more numbers and the explanation to the chart
      }
      page.await("document.activeElement.matches('#charts .canvas:focus-visible')", SOON);
      String label = "document.activeElement.getAttribute('aria-label')";
      assertThat(page.evaluate(label).asText()).startsWith("Reward: 0.8 at step 50. Arrow keys");
      page.press("ArrowLeft");
      said(page, "reward/mean: 0.8 at step 50, point 50 of 50");
      page.press("ArrowLeft");
      said(page, "reward/mean: 0.79 at step 49, point 49 of 50");
      page.press("Home");
      said(page, "reward/mean: 0.31 at step 1, point 1 of 50");
      page.press("End");
      said(page, "reward/mean: 0.8 at step 50, point 50 of 50");
      page.press("Escape");
      page.await("document.activeElement === document.body", SOON);
      page.evaluate("document.querySelector('#charts .canvas').focus()");
      page.press("ArrowRight");
      page.press("ArrowLeft");
      page.press("Enter");
      page.await("location.hash === '#samples?step=49'", SOON);
      page.await("document.querySelector('.group h2').textContent.startsWith('Step 49,')", SOON);

      page.evaluate("location.hash = 'curves'");
      page.click("#charts details summary");
      page.await("document.querySelectorAll('#charts .values tbody tr').length === 50", SOON);
      assertThat(
              page.evaluate("document.querySelector('#charts .values tbody tr').textContent")
                  .asText())
          .isEqualTo("500.8"); // step 50, reward 0.8
      assertThat(page.errors()).isEmpty();
    }
  }

  /** Steps 1 to 50 are in two phases, drawn on each other. */
  @Test
  void linesOfAChartAreReachedByKeyboardToo() throws Exception {
    Path run = EndedRun.write(folder.resolve("run"), 4, 50, 0.3);
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start()) {
      page.resize(1280, 3000, false);
      page.open(served.url() + "#curves");
      String times =
          "[...document.querySelectorAll('#charts figure')].find((one) =>"
              + " one.textContent.startsWith('Step time')).querySelector('.canvas')";
      page.await(times + ".querySelector('canvas') !== null", SOON);
      page.evaluate(times + ".focus()");
      page.press("ArrowRight");
      said(page, "rollout: 0.3 at step 50, point 50 of 50");
      page.press("ArrowDown");
      said(page, "update_policy: 0.2 at step 50, point 50 of 50");
      page.press("ArrowDown");
      said(page, "rollout: 0.3 at step 50, point 50 of 50");
      assertThat(page.errors()).isEmpty();
    }
  }

  private static void said(Chromium page, String text) {
    page.await(
        "[...document.querySelectorAll('#charts [aria-live]')].some((one) => one.textContent === '"
            + text
            + "')",
        SOON);
  }
}
