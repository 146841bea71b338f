package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, over a run that trains and over runs that ended. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PageTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> TABS = List.of("actors", "curves", "samples", "run");
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
  void aRunThatTrainsIsSeenPausedAndGoesOn() throws Exception {
    Process training = train(folder.resolve("run"));
    try (BufferedReader out = training.inputReader();
        Chromium page = start()) {
      page.open(address(out));
      Chromium.readOn(out, "training-output");
      page.await("document.querySelectorAll('#actor-table tr[data-actor]').length >= 4", SOON);
      long step = awaitStepAfter(page, 0);
      showsGrowingCurves(page);
      showsSamplesWithTheirTokens(page);
      showsConfigurationAndLedger(page);
      pausesAndResumes(page);
      assertThat(page.errors()).isEmpty();
      survivesAGap(page);
      awaitStepAfter(page, step);
    } finally {
      end(training);
    }
  }

  private static void showsGrowingCurves(Chromium page) {
    page.evaluate("location.hash = 'curves'");
    String last = "document.querySelector('#charts figure .last').textContent";
    page.await("/at step \\d+/.test(" + last + ")", SOON);
    String before = page.evaluate(last).asText();
    page.await(last + " !== '" + before + "'", SOON);
    // charts are painted when they come into view
    page.resize(1280, 2400, false);
    page.await("document.querySelectorAll('#charts canvas').length >= 9", SOON);
    page.resize(1280, 800, false);
  }

  private static void showsSamplesWithTheirTokens(Chromium page) {
    page.evaluate("location.hash = 'samples'");
    page.await("document.querySelectorAll('.group .response').length >= 8", SOON);
    page.evaluate("location.hash = 'samples?step=1'");
    page.await("document.querySelector('.group h2').textContent.startsWith('Step 1,')", SOON);
    page.click(".response button.link");
    page.await("document.querySelectorAll('.tokens td.token').length > 0", SOON);
  }

  private static void showsConfigurationAndLedger(Chromium page) {
    page.evaluate("location.hash = 'run'");
    page.await("document.querySelectorAll('#config tbody tr').length > 40", SOON);
    page.await(
        "[...document.querySelectorAll('#config tr.changed th')]"
            + ".some((key) => key.textContent === 'run.steps')",
        SOON);
    page.await("document.querySelector('#ledger').textContent.includes('consumed')", SOON);
  }

  private static void pausesAndResumes(Chromium page) {
    page.click("#pause");
    page.await("document.querySelector('#phase').textContent === 'paused'", SOON);
    assertThat(page.evaluate("document.querySelector('#said').textContent").asText())
        .isEqualTo("The run is paused.");
    String waits = "new Promise((done) => setTimeout(() => done(" + STEP + "), 1500))";
    long step = page.evaluate(STEP).asLong();
    assertThat(page.evaluate(waits).asLong()).isEqualTo(step);
    page.click("#pause");
    page.await("document.querySelector('#phase').textContent === 'training'", SOON);
    awaitStepAfter(page, step);
  }

  private static void survivesAGap(Chromium page) {
    long step = page.evaluate(STEP).asLong();
    page.offline(true);
    page.evaluate("new Promise((done) => setTimeout(done, 10000))");
    page.offline(false);
    page.await("document.querySelector('#connection').dataset.connection === 'live'", SOON);
    awaitStepAfter(page, step + 1);
  }

  private static final String STEP =
      "Number((document.querySelector('#steps').textContent.match(/\\d+/) ?? ['0'])[0])";

  private static long awaitStepAfter(Chromium page, long step) {
    page.await(STEP + " > " + step, SOON);
    return page.evaluate(STEP).asLong();
  }

  private static Process train(Path run) throws IOException {
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
            "dashboard.port=0",
            "-D",
            "eval.path=\"\"");
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String address(BufferedReader out) throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith(ADDRESS)) {
      line = out.readLine();
    }
    assertThat(line).as("the line with the page's address").isNotNull();
    return String.valueOf(line).substring("page: ".length());
  }

  private static void end(Process training) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", Long.toString(training.pid())).start().waitFor();
    if (!training.waitFor(60, TimeUnit.SECONDS)) {
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
}
