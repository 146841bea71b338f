package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Checks of the page of a run that trains, in one process or in several.
 *
 * @param page the browser
 * @param said what the run's processes have printed
 * @param log the learner's events; it may be missing
 */
record PageVisit(Chromium page, Supplier<List<String>> said, Path log) {
  static final String STEP =
      "Number((document.querySelector('#steps').textContent.match(/\\d+/) ?? ['0'])[0])";
  static final String PHASE = "document.querySelector('#phase').textContent";
  static final String CONNECTION = "document.querySelector('#connection').dataset.connection";

  private static final Duration SOON = Duration.ofMinutes(3);
  private static final Duration LOOK = Duration.ofSeconds(4);
  private static final int LINES_TOLD = 60;
  private static final String SAID = "document.querySelector('#notice').textContent";
  private static final String CHART =
      "(await import('/lib/echarts.js')).getInstanceByDom(document.querySelector('#charts"
          + " .canvas'))";
  private static final String POINTS =
      "new Promise(async (told) => told("
          + CHART
          + "?.getOption()?.series?.[0]?.data?.length ?? 0))";

  /**
   * Waits until {@code expression} is true on the page; the error has the output of the processes.
   */
  void await(String expression) {
    try {
      page.await(expression, SOON);
    } catch (AssertionError e) {
      throw new AssertionError(
          String.format(
              "%s%nthe processes say:%n%s%nthe learner's log ends:%n%s",
              e.getMessage(), String.join("\n", end(said.get())), String.join("\n", logged())),
          e);
    }
  }

  private List<String> logged() {
    try {
      return end(Files.readAllLines(log));
    } catch (IOException e) {
      return List.of("not readable: " + e);
    }
  }

  private static List<String> end(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - LINES_TOLD), lines.size());
  }

  /** The step that the page shows. */
  long step() {
    return page.evaluate(STEP).asLong();
  }

  void awaitStepAfter(long step) {
    await(STEP + " > " + step);
  }

  void show(String view) {
    page.evaluate("location.hash = '" + view + "'");
    await("!document.querySelector('#view-" + view.replaceFirst("\\?.*", "") + "').hidden");
  }

  /** Waits until all actors are shown, handle messages, and the workers get newer policies. */
  void actorsMove(int rolloutWorkers) {
    show("actors");
    String workers = "[...document.querySelectorAll('#actor-table tr[data-actor^=rollout]')]";
    await(workers + ".length === " + rolloutWorkers);
    for (String role : List.of("coordinator", "learner", "reward")) {
      await("document.querySelector('#actor-table tr[data-actor^=" + role + "]') !== null");
    }
    String rates =
        "[...document.querySelectorAll('#actor-table td[data-label=Rate]')]"
            + ".map((cell) => cell.textContent).join()";
    await("/[1-9]/.test(" + rates + ")");
    String before = page.evaluate(rates).asText();
    await(rates + " !== '" + before + "'");
    String version =
        "Math.max(..."
            + workers
            + ".map((row) =>"
            + " Number(row.querySelector('[data-label=Version]').textContent.slice(1))))";
    await(version + " >= 1");
    await(version + " > " + page.evaluate(version).asLong());
  }

  /** The reward's curve gets more points. */
  void curvesGrow() {
    show("curves");
    await("document.querySelectorAll('#charts .canvas canvas').length > 0");
    awaitMore(POINTS, 1);
    awaitMore(POINTS, page.evaluate(POINTS).asLong());
  }

  private void awaitMore(String promise, long than) {
    String grown = "window.grown";
    page.evaluate(
        "clearInterval(window.growing); window.grown = 0; window.growing = setInterval(async () =>"
            + " { window.grown = await "
            + promise
            + "; }, 100)");
    await(grown + " > " + than);
    page.evaluate("clearInterval(window.growing)");
  }

  /** All charts are painted as they come into view, those of the control plane among them. */
  void chartsArePainted() {
    show("curves");
    page.resize(1280, 3000, false);
    await("document.querySelectorAll('#charts canvas').length >= 11");
    for (String title : List.of("Control messages per sample", "Control bytes per sample")) {
      await(
          "[...document.querySelectorAll('#charts figure:not([hidden]) strong')]"
              + ".some((one) => one.textContent === '"
              + title
              + "')");
    }
    page.resize(1280, 800, false);
  }

  /** Zoomed to the first steps, a click on the third point of the reward's curve shows its step. */
  void aPointLeadsToItsSamples() {
    show("curves");
    awaitMore(POINTS, 4);
    page.evaluate("document.querySelector('#zoom-from').value = 1");
    page.evaluate("document.querySelector('#zoom-to').value = 4");
    page.evaluate("document.querySelector('#zoom-to').dispatchEvent(new Event('input'))");
    awaitMore(
        "new Promise(async (told) => { const zoom = "
            + CHART
            + ".getOption().dataZoom[0];"
            + " told(zoom.startValue === 1 && zoom.endValue === 4 ? 1 : 0); })",
        0);
    JsonNode place =
        page.evaluate(
            "new Promise(async (told) => { const chart = "
                + CHART
                + "; chart.getDom().scrollIntoView({ block: 'center' });"
                + " const point = chart.getOption().series[0].data.find(([step]) => step === 3);"
                + " const [x, y] = chart.convertToPixel('grid', point);"
                + " const box = chart.getDom().getBoundingClientRect();"
                + " told([box.x + x, box.y + y]); })");
    page.pressAt(place.get(0).asDouble(), place.get(1).asDouble());
    awaitStepAfter(step() + 1); // the chart is drawn anew while the button is down
    page.releaseAt(place.get(0).asDouble(), place.get(1).asDouble());
    await("location.hash === '#samples?step=3'");
    showsSamplesOf(3);
  }

  /** The samples of a step, and of no other. */
  void showsSamplesOf(long step) {
    await("document.querySelectorAll('.group .response').length >= 8");
    await(
        "[...document.querySelectorAll('.group h2')].every((title) =>"
            + " title.textContent.startsWith('Step "
            + step
            + ",'))");
  }

  /** Pauses the run, which takes no further step, and resumes it. */
  void pausesAndResumes() {
    page.click("#pause");
    await(PHASE + " === 'paused'");
    await(SAID + " === 'The run is paused.'");
    long step = step();
    assertThat(stepAfterALook()).isEqualTo(step);
    page.click("#pause");
    await(PHASE + " === 'training'");
    await(SAID + " === 'The run has resumed.'");
    awaitStepAfter(step);
  }

  private long stepAfterALook() {
    return page.evaluate(
            "new Promise((told) => setTimeout(() => told(" + STEP + "), " + LOOK.toMillis() + "))")
        .asLong();
  }

  /** Requests a checkpoint; the page names the one that is saved. */
  void savesACheckpoint(Path checkpoints) {
    page.click("#checkpoint");
    await("/checkpoint.*\\d/.test(" + SAID + ")");
    String told = page.evaluate(SAID).asText();
    String step = told.replaceFirst(".*?step[ -](\\d+).*", "$1");
    assertThat(checkpoints.resolve("step-" + step)).as(told).isDirectory();
  }

  /** Drains a worker, which gets no more work; the run continues with the other. */
  void drainsAWorker() {
    show("actors");
    page.click("#actor-table tr[data-actor^=rollout] button");
    await("!document.querySelector('.panel').hidden");
    String worker = page.evaluate("document.querySelector('#actor-title').textContent").asText();
    page.click("#drain");
    await(SAID + ".includes('drained')");
    String row = "document.querySelector('#actor-table tr[data-actor^=\"" + worker + "\"]')";
    await(row + ".querySelector('td.words').textContent === 'drained'");
    page.press("Escape");
    awaitStepAfter(step() + 1);
    assertThat(page.evaluate(row + ".querySelector('td.words').textContent").asText())
        .isEqualTo("drained");
  }

  /** The page of a run of which only the folder is left. */
  static void opensAfterItsEnd(Chromium page, Path run) throws IOException {
    try (EndedRun.Page served = EndedRun.serve(List.of(run))) {
      page.open(served.url());
      page.await(PHASE + " === 'stopped'", SOON);
      page.await(
          "document.querySelectorAll('#actor-table tr[data-actor^=rollout]').length >= 2", SOON);
      assertThat(page.evaluate(STEP).asLong()).isPositive();
      page.evaluate("location.hash = 'curves'");
      page.await("document.querySelectorAll('#charts canvas').length > 0", SOON);
      page.evaluate("location.hash = 'samples'");
      page.await("document.querySelectorAll('.response').length >= 8", SOON);
    }
  }
}
