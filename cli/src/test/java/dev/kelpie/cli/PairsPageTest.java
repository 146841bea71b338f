package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pairs and heat maps in a real browser. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class PairsPageTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String PAIR = "document.querySelector('#pair').dataset.pair";

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

  private EndedRun.Page serve() throws IOException {
    return EndedRun.serve(
        List.of(PairedRun.write(folder.resolve("run"), 4)), ids -> PairedRun.texts(ids));
  }

  private static String text(Chromium page, String selector) {
    return page.evaluate("document.querySelector(\"" + selector + "\").textContent").asText();
  }

  private static List<String> texts(Chromium page, String selector) {
    return List.of(
        page.evaluate(
                "[...document.querySelectorAll(\""
                    + selector
                    + "\")].map((one) => one.textContent).join('|')")
            .asText()
            .split("\\|", -1));
  }

  @Test
  void aPairIsShownSideBySideAndTheKeyboardLeadsToTheNext() throws Exception {
    try (EndedRun.Page served = serve();
        Chromium page = start()) {
      page.open(served.url() + "#pairs?step=2");
      page.await("document.querySelectorAll('.side').length === 2", SOON);
      assertThat(text(page, "#pair-summary"))
          .isEqualTo("Step 2: 2 pairs, 1 the wrong way round (50 %); beta 0.2.");
      assertThat(text(page, "#pair h2")).isEqualTo("Step 2, pair 1 of 2");
      assertThat(text(page, "#pair .prompt")).isEqualTo("3+4?");
      // 0.2 (0.5 + 0.25)
      assertThat(text(page, ".verdict strong"))
          .isEqualTo("Implicit reward, chosen minus rejected: ▲\u00a0+0.15");
      assertThat(texts(page, ".pair-facts dd"))
          .containsExactly("0.9", "2", "0.25", "scores", "0.75");
      // score, implicit reward, log-ratio, log-probability, prompt variant
      assertThat(texts(page, ".chosen dd")).containsExactly("1", "0.1", "0.5", "-1.6");
      assertThat(texts(page, ".rejected dd"))
          .containsExactly("0", "-0.05", "-0.25", "-4", "hinted");
      // both begin with "the sum is "; then 7 and eight
      assertThat(texts(page, ".side .same")).containsExactly("the sum is ", "the sum is ");
      assertThat(texts(page, ".side mark"))
          .containsExactly("differs from here: 7", "differs from here: eight");

      page.evaluate("document.querySelector('#pair').focus()");
      page.press("ArrowRight");
      page.await(PAIR + " === '1'", SOON);
      page.await("location.hash === '#pairs?step=2&pair=2'", SOON);
      assertThat(text(page, ".verdict"))
          .startsWith("Implicit reward, chosen minus rejected: ▼\u00a0−0.4, the wrong way round");
      assertThat(text(page, ".chosen .spread")).isEqualTo("✓ chosenmember teacher, sample #2");
      assertThat(text(page, ".rejected .spread")).isEqualTo("✕ rejectedsample #1");
      page.press("ArrowLeft");
      page.await(PAIR + " === '0'", SOON);

      page.click("#pair-wrong");
      page.await("document.querySelectorAll('.pair-list tbody tr').length === 1", SOON);
      page.await(PAIR + " === '1'", SOON);
      assertThat(texts(page, ".pair-list tbody tr *"))
          .contains("1 teacher : 0", "▼\u00a0−0.4 wrong", "2");
      assertThat(page.errors()).isEmpty();
    }
  }

  @Test
  void aHeatMapHasTheNumbersOfEveryTokenAndSaysWhatIsMissing() throws Exception {
    try (EndedRun.Page served = serve();
        Chromium page = start()) {
      page.open(served.url() + "#pairs?step=2");
      page.await("document.querySelectorAll('.side button.link').length === 2", SOON);
      page.click(".chosen button.link");
      page.await("document.querySelectorAll('.chosen .heat-map .heat').length === 2", SOON);
      assertThat(texts(page, ".chosen .heat-text")).containsExactly("␣7", "</s>");
      assertThat(texts(page, ".chosen .heat-number")).containsExactly("-0.5", "-1");
      assertThat(text(page, ".chosen .absent")).startsWith("Not recorded: advantage: ");

      // exp(-0.4 + 0.5) = 1.10517 and exp(-1.2 + 1) = 0.818731
      page.click(".chosen input[value=ratio]");
      assertThat(texts(page, ".chosen .heat-number")).containsExactly("1.105", "0.8187");
      assertThat(texts(page, ".chosen .heat-legend .heat"))
          .containsExactly("0.8187", "0.9048", "1", "1.105", "1.221");
      assertThat(sides(page)).isEqualTo("above,below");
      // -0.4 + 0.5 and -1.2 + 0.7
      page.click(".chosen input[value=KL]");
      assertThat(texts(page, ".chosen .heat-number")).containsExactly("0.1", "-0.5");
      page.evaluate("document.querySelector('.chosen .heat-map').focus()");
      page.press("ArrowRight");
      assertThat(text(page, ".chosen .readout"))
          .isEqualTo("token 2 of 2, </s>, id 12: log-probability -1, ratio 0.818731, KL -0.5");

      // sample 1 has neither the learner's nor the reference's log-probabilities
      page.click(".rejected button.link");
      page.await("document.querySelectorAll('.rejected .heat-map .heat').length === 2", SOON);
      assertThat(texts(page, ".rejected .heat-text")).containsExactly("⏎", "⟨14⟩");
      assertThat(text(page, ".rejected .absent"))
          .contains("ratio: the file has no log-probabilities of this response")
          .contains("KL: the file has no log-probabilities of a reference");
      assertThat(page.evaluate("document.querySelectorAll('.rejected input:disabled').length"))
          .hasToString("3");
      assertThat(page.errors()).isEmpty();
    }
  }

  private static String sides(Chromium page) {
    return page.evaluate(
            "[...document.querySelectorAll('.chosen .heat-map .heat')]"
                + ".map((one) => one.dataset.side).join()")
        .asText();
  }

  @Test
  void aPointOfACurveOfPreferencesLeadsToThePairsOfItsStep() throws Exception {
    try (EndedRun.Page served = serve();
        Chromium page = start()) {
      page.resize(1280, 2000, false);
      page.open(served.url() + "#curves");
      String chart =
          "[...document.querySelectorAll('#charts figure:not([hidden])')].find((one) =>"
              + " one.querySelector('strong').textContent === 'Ranking accuracy')";
      page.await(chart + ".querySelector('.canvas canvas') !== null", SOON);
      page.evaluate(chart + ".querySelector('details').open = true");
      page.await(chart + ".querySelectorAll('thead th').length === 3", SOON);
      assertThat(
              page.evaluate(
                      "[..."
                          + chart
                          + ".querySelectorAll('thead th, tbody tr:first-child > *')]"
                          + ".map((one) => one.textContent).join()")
                  .asText())
          .isEqualTo("Step,trained pairs,held-out pairs,4,0.5,0.75");
      assertThat(
              page.evaluate(
                      "[...document.querySelectorAll('#charts section:not([hidden]) h2')]"
                          + ".map((one) => one.textContent).join()")
                  .asText())
          .isEqualTo("Rewards,Preferences");
      page.evaluate(chart + ".querySelector('.about').focus()");
      assertThat(page.evaluate(chart + ".querySelector('[role=tooltip]').textContent").asText())
          .startsWith("Share of the pairs whose implicit reward is higher");
      page.evaluate(chart + ".querySelector('.canvas').focus()");
      for (String key : List.of("Home", "ArrowRight", "Enter")) {
        page.press(key);
      }
      page.await("location.hash.startsWith('#pairs?step=2')", SOON);
      page.await("document.querySelectorAll('.side').length === 2", SOON);
      assertThat(page.errors()).isEmpty();
    }
  }

  @Test
  void aRunWithoutPairsHasNoViewOfThem() throws Exception {
    Path run = EndedRun.write(folder.resolve("plain"), 4, 3, 0.3);
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start()) {
      page.open(served.url() + "#samples");
      page.await("!document.querySelector('#view-samples').hidden", SOON);
      assertThat(page.evaluate("document.querySelector('#tab-pairs').hidden").asBoolean()).isTrue();
      page.evaluate("document.querySelector('#tab-samples').focus()");
      page.press("ArrowRight");
      page.await("document.activeElement.id === 'tab-label'", SOON);
      page.evaluate("location.hash = 'pairs'");
      page.await(
          "document.querySelector('#pair-summary').textContent.startsWith('No pairs: ')", SOON);
      assertThat(page.errors()).isEmpty();
    }
  }
}
