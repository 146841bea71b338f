package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.PairableRun;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.label.ItemKey;
import dev.kelpie.runs.label.Label;
import dev.kelpie.runs.label.LabelBook;
import dev.kelpie.runs.label.LabelEvent;
import dev.kelpie.runs.label.LabelExport;
import dev.kelpie.runs.label.LabelItem;
import dev.kelpie.runs.label.LabelItems;
import dev.kelpie.runs.label.LabelResults;
import dev.kelpie.runs.label.LabelsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of answers of strangers: every line is read or reported, and an answer that is written
 * behind them changes no line before it.
 */
class LabelsFuzzTest {
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");
  private static final List<String> WORDS =
      List.of(
          "\n",
          "{",
          "}",
          "\"",
          ",",
          "\"kind\":\"undo\"",
          "\"kind\":\"cut\"",
          "\"verdict\":\"second\"",
          "\"verdict\":\"6\"",
          "\"responses\":[]",
          "\"rewards\":[null,1]",
          "\"id\":\"anna-0001\"",
          "\"of\":\"anna-0000\"",
          "\"item\":\"1/1/1/0:0123456789abcdef\"",
          "\u0000",
          "\u00e9");

  @Test
  void answersAreReadOrReportedAndKept(@TempDir Path folder) throws Exception {
    RunFolder run = new RunFolder(PairableRun.write(folder.resolve("run"), 1, 4));
    Path file = run.labelsFile();
    LabelItems items = new LabelItems(run);
    List<ItemKey> keys = items.keys(false, 0, 9);
    LabelItem last = items.find(keys.get(3)).orElseThrow();
    byte[] valid = valid(run, file, items, keys);
    new Fuzz(List.of(valid), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              LabelBook book = LabelsFile.readWhole(run);
              check(input, book);
              if (Arrays.hashCode(input) % 10 == 0) {
                append(run, file, input, label("late-answer", last, "tie"));
              }
            });
  }

  private static byte[] valid(RunFolder run, Path file, LabelItems items, List<ItemKey> keys)
      throws IOException {
    LabelsFile labels = new LabelsFile(run);
    for (int i = 0; i < 3; i++) {
      LabelItem item = items.find(keys.get(i)).orElseThrow();
      labels.append(label("anna-000" + i, item, i == 2 ? "skip" : "first"));
      labels.append(label("bert-000" + i, item, "second"));
    }
    labels.append(new LabelEvent.Undo("undo-0000", TIME, "bert", "bert-0001"));
    return Files.readAllBytes(file);
  }

  private static Label label(String id, LabelItem item, String verdict) {
    return Label.of(item, id, TIME, id.substring(0, 4), verdict, true, "so", 900);
  }

  private static void check(byte[] input, LabelBook book) {
    int whole = 0;
    for (byte one : input) {
      whole += one == '\n' ? 1 : 0;
    }
    int known = (int) book.written();
    assertThat(known).isLessThanOrEqualTo(whole);
    assertThat(book.answers().size()).isLessThanOrEqualTo(known);
    assertThat(book.takenBack()).isLessThanOrEqualTo(book.written());
    LabelResults results = LabelResults.of(book);
    assertThat(results.people().stream().mapToInt(one -> one.answers() + one.skips()).sum())
        .isEqualTo(book.answers().size());
    LabelExport export = LabelExport.of(book);
    assertThat(export.rows().size() + export.undecided() + export.skipped())
        .isLessThanOrEqualTo(book.items().size());
  }

  private static void append(RunFolder run, Path file, byte[] before, Label late)
      throws IOException {
    assertThat(new LabelsFile(run).append(late)).isTrue();
    byte[] after = Files.readAllBytes(file);
    int kept = before.length;
    while (kept > 0 && before[kept - 1] != '\n') {
      kept--;
    }
    assertThat(Arrays.equals(before, 0, kept, after, 0, kept)).as("lines before").isTrue();
    assertThat(LabelsFile.readWhole(run).find(late.id())).contains(late);
  }
}
