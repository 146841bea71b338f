package dev.kelpie.runs.label;

import static dev.kelpie.runs.label.Answers.TIME;
import static dev.kelpie.runs.label.Answers.answer;
import static dev.kelpie.runs.label.Answers.pair;
import static dev.kelpie.runs.label.Answers.single;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsFileTest {
  private static List<String> lines(Path folder) throws IOException {
    return Files.readAllLines(folder.resolve("labels.jsonl"));
  }

  @Test
  void anAnswerComesBackAsItWasWritten(@TempDir Path folder) throws IOException {
    LabelsFile file = new LabelsFile(new RunFolder(folder));
    Label label =
        Label.of(
            pair(7, 1, Double.NaN, 0.75),
            "id-of-one",
            TIME,
            " Anna\u00e9 ",
            "second",
            true,
            "a \"note\"\nof two lines",
            4321);
    assertThat(file.append(label)).isTrue();
    assertThat(LabelsFile.readWhole(new RunFolder(folder)).answers()).containsExactly(label);
    assertThat(label.labeller()).isEqualTo("Anna\u00e9");
    // without its texts where they are not asked for
    assertThat(new LabelsFile(new RunFolder(folder)).read().answers())
        .containsExactly(label.withoutTexts());
    assertThat(lines(folder)).hasSize(1);
    assertThat(lines(folder).get(0))
        .startsWith("{\"format\":1,\"kind\":\"label\",\"id\":\"id-of-one\"")
        .contains("\"left\":\"second\"", "\"rewards\":[1.0,null]", "\"run_label\":0.75");
  }

  @Test
  void anAnswerThatIsSentAgainIsWrittenOnce(@TempDir Path folder) throws IOException {
    LabelsFile file = new LabelsFile(new RunFolder(folder));
    Label label = answer("anna", pair(1, 0, 0, 1), "first");
    assertThat(file.append(label)).isTrue();
    assertThat(file.append(label)).isFalse();
    // another process has not seen the first
    assertThat(new LabelsFile(new RunFolder(folder)).append(label)).isFalse();
    assertThat(lines(folder)).hasSize(1);
    Label other = Label.of(pair(2, 0, 0, 1), label.id(), TIME, "anna", "first", false, "", 1);
    assertThatThrownBy(() -> file.append(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("id: " + label.id() + " is that of another answer");
  }

  @Test
  void ofAPersonsAnswersToAnItemTheLastHoldsAndUndoBringsBackTheOneBefore(@TempDir Path folder)
      throws IOException {
    LabelsFile file = new LabelsFile(new RunFolder(folder));
    LabelItem item = pair(1, 0, 0, 1);
    Label first = answer("anna", item, "first");
    Label tie = answer("anna", item, "tie");
    file.append(first);
    file.append(tie);
    assertThat(file.read().about(item.key())).containsEntry("anna", tie.withoutTexts());
    file.append(new LabelEvent.Undo("undo-one", TIME, "anna", tie.id()));
    assertThat(file.read().about(item.key())).containsEntry("anna", first.withoutTexts());
    file.append(new LabelEvent.Undo("undo-two", TIME, "anna", first.id()));
    assertThat(file.read().items()).isEmpty();
    assertThat(file.read().written()).isEqualTo(2);
    assertThat(file.read().takenBack()).isEqualTo(2);
    // an answer that comes after it was taken back does not count
    LabelBook late = Answers.book(new LabelEvent.Undo("undo-one", TIME, "anna", tie.id()), tie);
    assertThat(late.items()).isEmpty();
  }

  @Test
  void aTornLastLineIsCutOffAndTheCutIsRecorded(@TempDir Path folder) throws IOException {
    LabelsFile file = new LabelsFile(new RunFolder(folder));
    Label kept = answer("anna", pair(1, 0, 0, 1), "first");
    Label torn = answer("anna", pair(2, 0, 0, 1), "second");
    file.append(kept);
    file.append(torn);
    Path path = folder.resolve("labels.jsonl");
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(path) - 11);
    }
    LabelsFile again = new LabelsFile(new RunFolder(folder));
    assertThat(again.read().answers()).containsExactly(kept.withoutTexts());
    long bytes = again.tornBytes();
    assertThat(bytes).isGreaterThan(100);
    // the browser has no acknowledgement, so it sends the answer again
    assertThat(again.append(torn)).isTrue();
    assertThat(lines(folder)).hasSize(3);
    assertThat(lines(folder).get(1)).contains("\"kind\":\"cut\"", "\"bytes\":" + bytes, torn.id());
    LabelBook book = LabelsFile.readWhole(new RunFolder(folder));
    assertThat(book.answers()).containsExactly(kept, torn);
    assertThat(book.notes("labels.jsonl"))
        .singleElement()
        .asString()
        .startsWith("labels.jsonl: the last line was torn when a process was killed (")
        .endsWith("its " + bytes + " bytes are cut off and kept in a line of kind cut");
  }

  @Test
  void aDamagedLineIsNamedAndTheOthersAreRead(@TempDir Path folder) throws IOException {
    LabelsFile file = new LabelsFile(new RunFolder(folder));
    Label one = answer("anna", pair(1, 0, 0, 1), "first");
    Label two = answer("anna", pair(2, 0, 0, 1), "first");
    Label three = answer("anna", pair(3, 0, 0, 1), "first");
    file.append(one);
    file.append(two);
    file.append(three);
    Path path = folder.resolve("labels.jsonl");
    Files.writeString(
        path,
        Files.readString(path)
            .replace("\"yes 2\"", "\"yes 5\"")
            .replace("\"id\":\"" + three.id(), "\"ed\":\"" + three.id()));
    LabelBook book = LabelsFile.readWhole(new RunFolder(folder));
    assertThat(book.answers()).containsExactly(one);
    assertThat(book.notes("labels.jsonl"))
        .containsExactly(
            "labels.jsonl:2: damaged line (expected: the texts and rewards of item "
                + two.item()
                + ")",
            "labels.jsonl:3: damaged line (expected: an object of kind label, undo or cut; id: "
                + " (expected: 8 to 64 letters, digits, hyphens and underscores))");
  }

  @Test
  void manyWritersLoseAndDoubleNothing(@TempDir Path folder) throws Exception {
    int writers = 4;
    int each = 25;
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    List<Future<Integer>> added = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      LabelsFile own = new LabelsFile(new RunFolder(folder)); // as another process has it
      Callable<Integer> work =
          () -> {
            int count = 0;
            for (int i = 0; i < each; i++) {
              // two writers send the same answers
              count += own.append(answer("p" + i % 2, pair(i, 0, 0, 1), "tie")) ? 1 : 0;
            }
            return count;
          };
      added.add(threads.submit(work));
    }
    int sum = 0;
    for (Future<Integer> one : added) {
      sum += one.get();
    }
    threads.shutdown();
    assertThat(sum).isEqualTo(each);
    assertThat(lines(folder)).hasSize(each);
    assertThat(new LabelsFile(new RunFolder(folder)).read().items()).hasSize(each);
  }

  @Test
  void aLinkThatLeadsOutOfTheRunIsNotWrittenThrough(@TempDir Path folder) throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    Path outside = Files.createFile(folder.resolve("outside"));
    Files.createSymbolicLink(run.resolve("labels.jsonl"), outside);
    LabelsFile file = new LabelsFile(new RunFolder(run));
    assertThatThrownBy(() -> file.append(answer("anna", single(1, 0), "3")))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("a link that leads out of");
    assertThat(outside).isEmptyFile();
  }

  @Test
  void verdictsThatDoNotFitTheItemAreRefused() {
    assertThatThrownBy(() -> answer("anna", pair(1, 0, 0, 1), "4"))
        .hasMessage("verdict: 4 (expected: first, second, tie or skip)");
    assertThatThrownBy(() -> answer("anna", single(1, 0), "tie"))
        .hasMessage("verdict: tie (expected: 1 to 5 or skip)");
    assertThatThrownBy(() -> answer(" ", single(1, 0), "1")).hasMessageStartingWith("id: ");
    assertThatThrownBy(() -> Label.requireLabeller("a\u0007b"))
        .hasMessageEndingWith("(expected: a name of 1 to 60 characters)");
    assertThatThrownBy(() -> ItemKey.parse("1/2/3"))
        .hasMessage(
            "item: 1/2/3 (expected: STEP/PROMPT/RESPONSE:HASH or STEP/PROMPT/ONE/OTHER:HASH)");
  }
}
