package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page of 100 actors, 10,000 steps and 100,000 samples in a browser: how long the views take,
 * and how many bytes each following second costs. Prints what it measures.
 */
@Tag("slow") // writes 10,000 files
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class PageScaleTest {
  private static final int STEPS = 10_000;
  private static final int OPENINGS = 3;
  private static final int SECONDS = 10;
  private static final int MOST_BYTES = 200_000;
  private static final double MOST_MILLIS = 1000;
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final String ACTORS =
      "document.querySelectorAll('#actor-table tr[data-actor]').length === " + BusyRun.ACTORS;

  /** What came by requests and by a stream as the page's own, second by second. */
  private static final String METER =
      """
      window.perSecond = []; window.streamed = 0;
      performance.setResourceTimingBufferSize(100000);
      const stream = new EventSource('/api/stream');
      stream.onmessage = (told) => streamed += told.data.length + told.lastEventId.length + 13;
      const answered = () => performance.getEntriesByType('resource')
          .filter((one) => !one.name.includes('/api/stream'))
          .reduce((sum, one) => sum + one.transferSize, 0);
      window.before = answered();
      setInterval(() => {
        const now = answered();
        perSecond.push(streamed + now - before);
        streamed = 0; before = now;
      }, 1000);
      """;

  @TempDir private Path folder = Path.of("");

  @Test
  void aLargeRunIsShownAtOnceAndCostsLittle() throws Exception {
    Optional<Path> browser = Chromium.find();
    assumeThat(browser).as("chromium on the PATH").isPresent();
    BusyRun run = BusyRun.write(folder.resolve("run"), STEPS);
    try (EndedRun.Page served = EndedRun.serve(List.of(folder.resolve("run")));
        Chromium page =
            Chromium.start(browser.orElseThrow(), Files.createDirectory(folder.resolve("p")))) {
      page.resize(1280, 800, false);
      List<Double> first = new ArrayList<>();
      List<Double> curves = new ArrayList<>();
      List<Double> samples = new ArrayList<>();
      for (int i = 0; i < OPENINGS; i++) {
        first.add(firstView(page, served.url()));
        curves.add(view(page, "curves", "document.querySelectorAll('#charts canvas').length > 2"));
        samples.add(view(page, "samples", "document.querySelectorAll('.group').length === 6"));
      }
      tell("first view %.0f, %.0f, %.0f ms", first.toArray());
      tell("curves %.0f, %.0f, %.0f ms", curves.toArray());
      tell("samples %.0f, %.0f, %.0f ms", samples.toArray());
      double often = filter(page, " wa", "document.querySelectorAll('.group').length === 6");
      double rare =
          filter(
              page,
              "needle",
              "document.querySelector('.group h2')?.textContent.startsWith('Step 17,')");
      tell("a text that many have after %.0f ms, one of 100,000 after %.0f ms", often, rare);
      page.click("#sample-reset");
      page.await("document.querySelectorAll('.group').length === 6", SOON);
      List<Integer> most = bytesWhileItGrows(page, run);
      tell(
          "most bytes of a second: %s of the views %s",
          most, List.of("samples", "curves", "actors", "run"));
      // the first opening warms the server up
      assertThat(
              List.of(
                  Collections.min(first), Collections.min(curves), Collections.min(samples), often))
          .allMatch(millis -> millis < MOST_MILLIS);
      assertThat(most).allMatch(bytes -> bytes > 0 && bytes < MOST_BYTES);
      assertThat(page.errors()).isEmpty();
    }
  }

  private static void tell(String format, Object... values) {
    System.out.printf(
        Locale.ROOT, "100 actors, 10,000 steps, 100,000 samples: " + format + "%n", values);
  }

  /** From the start of the navigation to all actors; a fresh address, so that nothing is kept. */
  private static double firstView(Chromium page, String url) {
    page.open("about:blank");
    page.await("location.href === 'about:blank'", SOON);
    page.open(url);
    page.await(ACTORS, SOON);
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
    return page.evaluate("performance.now()").asDouble();
  }

  private static double view(Chromium page, String name, String shown) {
    return timed(page, "location.hash = '" + name + "'", shown);
  }

  private static double filter(Chromium page, String text, String found) {
    return timed(
        page,
        "const field = document.querySelector('#sample-text'); field.value = '"
            + text
            + "'; document.querySelector('#groups').replaceChildren();"
            + " field.dispatchEvent(new Event('input', { bubbles: true }))",
        found);
  }

  /** Milliseconds from an action to what it shows, as the page measures them. */
  private static double timed(Chromium page, String action, String shown) {
    return page.evaluate(
            "new Promise((told) => { const start = performance.now(); "
                + action
                + "; const look = () => "
                + shown
                + " ? told(performance.now() - start) : setTimeout(look, 5); look(); })")
        .asDouble();
  }

  /** The most bytes of a second in each view. */
  private static List<Integer> bytesWhileItGrows(Chromium page, BusyRun run) {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      Future<?> growing = clock.scheduleAtFixedRate(() -> grow(run), 0, 1, TimeUnit.SECONDS);
      page.evaluate(METER);
      List<Integer> most =
          List.of("samples", "curves", "actors", "run").stream()
              .map(view -> mostBytes(page, view))
              .toList();
      assertThat(growing).isNotDone(); // a second that failed would have been the last
      return most;
    } finally {
      clock.shutdownNow();
    }
  }

  private static void grow(BusyRun run) {
    try {
      run.second();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int mostBytes(Chromium page, String view) {
    page.evaluate("location.hash = '" + view + "'");
    // what a view fetches when it is opened is its first view
    page.evaluate("new Promise((done) => setTimeout(done, 3000))");
    page.evaluate("perSecond.length = 0");
    page.await("perSecond.length >= " + SECONDS, SOON);
    JsonNode seconds = page.evaluate("perSecond");
    tell("bytes of each second, %s: %s", view, seconds);
    int most = 0;
    for (JsonNode bytes : seconds) {
      most = Math.max(most, bytes.asInt());
    }
    return most;
  }
}
