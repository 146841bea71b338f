package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.label.Label;
import dev.kelpie.runs.label.LabelBook;
import dev.kelpie.runs.label.LabelsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** People who judge responses by keyboard, in real browsers. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class LabelPageTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String ITEM = "document.querySelector('#label-card').dataset.item";
  private static final String UNSENT = "document.querySelector('#view-label').dataset.unsent";
  private static final int BROWSERS = 3;

  @TempDir private Path folder = Path.of("");
  private Path browser = Path.of("");

  @BeforeEach
  void needsABrowser() {
    assumeThat(Chromium.find()).as("chromium on the PATH").isPresent();
    browser = Chromium.find().orElseThrow();
  }

  private Chromium start(String profile) throws IOException {
    return Chromium.start(browser, Files.createDirectory(folder.resolve(profile)));
  }

  @Test
  void ninetyAnswersOfThreeBrowsersOutliveAReloadAndAKilledServer() throws Exception {
    judge(90, PairableRun.write(folder.resolve("run"), 3, 50));
  }

  @Test
  @Tag("slow")
  void twoThousandAnswersOfThreeBrowsersOutliveAReloadAndAKilledServer() throws Exception {
    judge(2000, PairableRun.write(folder.resolve("run"), 42, 50));
  }

  private void judge(int answers, Path run) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(BROWSERS);
    long begun = System.nanoTime();
    try (LabelServer server = LabelServer.start(run)) {
      List<Future<LabellingPerson>> people = new ArrayList<>();
      for (int i = 0; i < BROWSERS; i++) {
        int share = answers / BROWSERS + (i < answers % BROWSERS ? 1 : 0);
        LabellingPerson person = new LabellingPerson("person " + i, share, server);
        String profile = "profile-" + i;
        people.add(
            threads.submit(
                () -> {
                  try (Chromium page = start(profile)) {
                    person.judge(page);
                  } catch (Throwable e) {
                    server.addFailure(e);
                    throw e;
                  }
                  return person;
                }));
      }
      server.awaitPressed(answers / 2);
      server.kill();
      server.awaitPressed(answers / 2 + 1); // into the browsers' storage
      server.restart();
      List<LabellingPerson> done = new ArrayList<>();
      for (Future<LabellingPerson> one : people) {
        done.add(one.get());
      }
      System.out.printf(
          "%d answers in 3 browsers in %.0f s%n", answers, (System.nanoTime() - begun) / 1e9);
      everyAnswerIsThereOnce(run, done, answers);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void everyAnswerIsThereOnce(Path run, List<LabellingPerson> people, int answers)
      throws IOException {
    LabelBook book = LabelsFile.readWhole(new RunFolder(run));
    Map<String, Map<String, String>> found = new HashMap<>();
    for (Label label : book.answers()) {
      String side = label.swapped() ? "first" : "second";
      String seen =
          switch (label.verdict()) {
            case "first", "second" -> label.verdict().equals(side) ? "right" : "left";
            default -> label.verdict();
          };
      found
          .computeIfAbsent(label.labeller(), name -> new HashMap<>())
          .put(label.item().toString(), seen);
    }
    long undone = 0;
    for (LabellingPerson person : people) {
      assertThat(found.get(person.name())).as(person.name()).isEqualTo(person.answers());
      undone += person.takenBack();
    }
    assertThat(undone).isPositive();
    assertThat(book.answers()).hasSize(answers);
    assertThat(book.takenBack()).isEqualTo(undone);
    assertThat(book.written()).isEqualTo(answers + undone);
    assertThat(book.notes("labels.jsonl")).isEmpty();
  }

  @Test
  void aPairIsJudgedByKeyboardWithNoteUndoAndHelpAndThePageSaysWhatIsLeft() throws Exception {
    Path run = PairableRun.write(folder.resolve("run"), 1, 2);
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start("profile")) {
      page.open(served.url() + "#label");
      page.await(ITEM + " !== ''", SOON);
      assertThat(text(page, "#label-counter")).matches("0 of 2 done by person-\\w{4}, 2 open .*");
      assertThat(texts(page, ".label-side .name")).isEqualTo("left|right");
      // nothing on the page says what the run thinks of them
      assertThat(text(page, "#label-card")).doesNotContain("reward", "chosen", "sample");
      assertThat(page.evaluate("document.activeElement.id").asText()).isEqualTo("label-card");
      String first = page.evaluate(ITEM).asText();

      page.press("n");
      page.await("document.activeElement.id === 'label-note'", SOON);
      page.evaluate("document.querySelector('#label-note').value = 'both are short'");
      page.press("1"); // goes into the note
      page.press("Escape");
      page.press("ArrowLeft");
      page.await(ITEM + " !== '" + first + "'", SOON);
      page.press("u");
      page.await(ITEM + " === '" + first + "'", SOON);
      assertThat(page.evaluate("document.querySelector('#label-note').value").asText())
          .isEqualTo("both are short");
      page.press("3");
      page.await(ITEM + " !== '" + first + "'", SOON);
      page.press("?");
      page.await("document.querySelector('#label-help').open", SOON);
      page.press("2"); // not while the help is open
      page.evaluate("document.querySelector('#label-help').close()");
      page.click("#label-skip");
      page.await(ITEM + " === ''", SOON);
      assertThat(text(page, "#label-card")).startsWith("✓ Done: nothing is open for you. 2 of 2");
      page.await(UNSENT + " === '0'", SOON);
      assertThat(text(page, "#label-connection")).isEqualTo("✓ All answers are saved.");

      LabelBook book = LabelsFile.readWhole(new RunFolder(run));
      assertThat(book.answers().stream().map(Label::verdict)).containsExactly("tie", "skip");
      assertThat(book.answers().get(0).note()).isEqualTo("both are short");
      assertThat(book.takenBack()).isEqualTo(1);

      page.evaluate("document.querySelector('#label-results-panel').open = true");
      page.await("document.querySelectorAll('#label-results tbody tr').length === 1", SOON);
      assertThat(texts(page, "#label-results tbody td").split("\\|"))
          .startsWith("1", "1", "1"); // answers, ties, skipped

      page.evaluate(
          "{ const kind = document.querySelector('#label-kind'); kind.value = 'responses';"
              + " kind.dispatchEvent(new Event('change')); }");
      page.await(ITEM + " !== ''", SOON);
      assertThat(texts(page, ".label-buttons kbd")).isEqualTo("1|2|3|4|5");
      page.press("5");
      page.await(UNSENT + " === '0'", SOON);
      assertThat(LabelsFile.readWhole(new RunFolder(run)).answers().get(2).rating()).hasValue(5);
      assertThat(unnamed(page)).isEmpty();
      assertThat(page.errors()).isEmpty();
    }
  }

  @Test
  void aRunWithoutSamplesSaysWhyThereIsNothingToJudge() throws Exception {
    Path run = EndedRun.write(folder.resolve("run"), 4, 3, 0.3);
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = start("profile")) {
      page.open(served.url() + "#label");
      page.await("document.querySelector('#label-card .empty') !== null", SOON);
      page.await(
          "document.querySelector('#label-card').textContent.startsWith('Nothing to judge yet')",
          SOON);
      assertThat(run.resolve("labels.jsonl")).doesNotExist();
      assertThat(page.errors()).isEmpty();
    }
  }

  /** Controls of the view that a screen reader has no name for. */
  private static String unnamed(Chromium page) {
    return page.evaluate(
            "[...document.querySelectorAll('#view-label button, #view-label input,"
                + " #view-label select, #view-label textarea')].filter((one) =>"
                + " !(one.textContent.trim() || one.labels?.length ||"
                + " one.getAttribute('aria-label'))).map((one) => one.id).join()")
        .asText();
  }

  private static String text(Chromium page, String selector) {
    return page.evaluate("document.querySelector('" + selector + "').textContent").asText();
  }

  private static String texts(Chromium page, String selector) {
    return page.evaluate(
            "[...document.querySelectorAll('"
                + selector
                + "')].map((one) => one.textContent).join('|')")
        .asText();
  }
}
