package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/check_journal.py} on the journal of a run, whole and damaged. */
@ExtendWith(FinishedRun.Maker.class)
class CheckJournalTest {
  private static final String GROUP = "\"purpose\":\"rollout\",\"step\":1,\"index\":0,";

  private final FinishedRun run;

  @TempDir private Path copy = Path.of("");

  private final List<String> lines = new ArrayList<>();

  CheckJournalTest(FinishedRun run) {
    this.run = run;
  }

  @BeforeEach
  void copyJournal() throws IOException {
    Files.createDirectory(copy.resolve("events"));
    Files.copy(run.folder().resolve("summary.json"), copy.resolve("summary.json"));
    Files.copy(run.folder().resolve("experiment.conf"), copy.resolve("experiment.conf"));
    lines.addAll(Files.readAllLines(run.folder().resolve("events/000001.jsonl")));
  }

  @Test
  void aFinishedRunIsClean() throws IOException {
    // two steps of 8 prompts with 8 responses; 16 held-out prompts, twice before and twice after
    verdict(0, "issued 192 samples: consumed 128, measured 64, dropped 0, in flight 0");
  }

  @Test
  void findsEveryKindOfLostLine() throws IOException {
    lose("issued");
    verdict(1, "rollout 1/0 attempt 0 is received after it was never issued");
    lose("received");
    verdict(1, "rollout 1/0 attempt 0 is rewarded after it was issued");
    lose("rewarded");
    verdict(1, "rollout 1/0 attempt 0 is consumed after it was received");
    lose("consumed");
    verdict(
        1, "step 1 committed without rollout 1/0 attempt 0", "in-flight 0 (the journal says 8)");
  }

  @Test
  void findsADuplicatedLine() throws IOException {
    int line = indexOf("received");
    lines.add(line, lines.get(line));
    verdict(1, ":" + (line + 2) + ": rollout 1/0 attempt 0 is received after it was received");
  }

  @Test
  void findsALineOutOfOrder() throws IOException {
    Collections.swap(lines, indexOf("received"), indexOf("rewarded"));
    verdict(1, "rollout 1/0 attempt 0 is rewarded after it was issued");
  }

  @Test
  void findsASampleThatIsConsumedTwice() throws IOException {
    int end = lines.size() - 1;
    List<String> again = new ArrayList<>();
    for (String kind : List.of("issued", "received", "rewarded", "consumed")) {
      String event = lines.get(indexOf(kind)).replaceFirst(".*\"event\":(.*)}", "$1");
      again.add(line(event.replace("\"attempt\":0", "\"attempt\":1")));
    }
    lines.addAll(end, again);
    verdict(
        1,
        "rollout 1/0 attempt 1 is issued while the attempt before is not dropped",
        "summary.json: consumed 128 (the journal says 136)");
  }

  @Test
  void findsAChangedLineAndForgivesOnlyATornLastOne() throws IOException {
    lines.set(lines.size() - 1, lines.get(lines.size() - 1).substring(0, 30));
    verdict(0, "torn last line, not counted");
    int line = indexOf("received");
    lines.set(line, lines.get(line).replace("\"samples\":8", "\"samples\":7"));
    verdict(1, ":" + (line + 1) + ": damaged line (expected: its length and CRC to fit)");
  }

  @Test
  void whatARestartVoidsIsDroppedAndMayBeIssuedAgain() throws IOException {
    lines.set(lines.size() - 1, line("{\"kind\":\"started\",\"format\":1,\"step\":1,\"seed\":1}"));
    lines.add(line("{\"kind\":\"rewound\",\"step\":1}"));
    String group = "\"purpose\":\"rollout\",\"step\":2,\"index\":0,\"samples\":8,\"attempt\":1";
    lines.add(line("{\"kind\":\"issued\"," + group + ",\"version\":1}"));
    // step 2 is undone with its 64 samples and the 32 of its evaluation; 8 of them are issued again
    verdict(0, "issued 200 samples: consumed 64, measured 32, dropped 96, in flight 8");
  }

  @Test
  void countsReplaysApartFromWhatIsConsumed() throws IOException {
    String replayed =
        "{\"kind\":\"replayed\"," + GROUP + "\"samples\":8,\"attempt\":0,\"by-step\":";
    lines.add(indexOf("consumed") + 1, line(replayed + "2}"));
    verdict(1, "consumed 128", "replayed 8", "replayed None (the journal says 8)");
    lines.add(indexOf("rewarded") + 1, line(replayed + "2}"));
    verdict(1, "rollout 1/0 attempt 0 is replayed by step 2, but it was open");
    lines.add(lines.size() - 1, line(replayed + "1}"));
    verdict(1, "rollout 1/0 attempt 0 is replayed by step 1, but it was consumed");
  }

  @Test
  void samplesOfAnIterationHaveTheVersionItBeganWith() throws IOException {
    String began =
        "{\"kind\":\"iteration-began\",\"iteration\":%d,\"step\":%d,\"policy-sha256\":\"\"}";
    lines.add(1, line(String.format(Locale.ROOT, began, 1, 0)));
    verdict(1, "rollout 2/0 is sampled with version 1 (expected: 0, with which iteration 1 began)");
    int committed = 0;
    while (!lines.get(committed).contains("{\"kind\":\"committed\"")) {
      committed++;
    }
    lines.add(committed + 1, line(String.format(Locale.ROOT, began, 2, 1)));
    verdict(0, "consumed 128");
    lines.add(committed + 2, line(String.format(Locale.ROOT, began, 4, 1)));
    verdict(1, "iteration 4 begins after step 1 (expected: 3 after step 1)");
  }

  @Test
  void saysWhatIsNoJournal() throws IOException {
    Files.delete(copy.resolve("summary.json"));
    PythonScript check = check();
    assertThat(check.code()).isEqualTo(2);
    assertThat(check.output()).contains("no journal (expected: 000001.jsonl)").hasLineCount(1);
  }

  private void lose(String kind) throws IOException {
    lines.clear();
    lines.addAll(Files.readAllLines(run.folder().resolve("events/000001.jsonl")));
    lines.remove(indexOf(kind));
  }

  /** Where something happened to the first group of step 1. */
  private int indexOf(String kind) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("{\"kind\":\"" + kind + "\"," + GROUP)) {
        return i;
      }
    }
    throw new AssertionError("no line " + kind + " of " + GROUP);
  }

  private static String line(String event) {
    byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return String.format(
        "{\"bytes\":%d,\"crc\":\"%08x\",\"event\":%s}", bytes.length, crc.getValue(), event);
  }

  private void verdict(int code, String... expected) throws IOException {
    Files.write(copy.resolve("events/000001.jsonl"), lines);
    PythonScript check = check();
    assertThat(check.output()).contains(expected).contains(code == 0 ? "clean: " : "not clean: ");
    assertThat(check.code()).as(check.output()).isEqualTo(code);
  }

  private PythonScript check() throws IOException {
    return PythonScript.run(copy, PythonScript.shipped("check_journal.py"), copy.toString());
  }
}
