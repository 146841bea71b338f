package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.DataHashes;
import dev.kelpie.runs.RunEventsFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data of a run that is resumed, compared with that of the checkpoint that is loaded. */
class DataComparisonTest {
  private Path folder = Path.of("");
  private Path rows = Path.of("");
  private Path heldOut = Path.of("");

  /** A run folder with a checkpoint of step 2, trained with four rows and one held-out row. */
  @BeforeEach
  void makeCheckpoint(@TempDir Path temp) throws IOException {
    folder = temp;
    rows = folder.resolve("rows.jsonl");
    heldOut = folder.resolve("eval.jsonl");
    Files.writeString(heldOut, "{\"prompt\": \"9+1?\", \"answer\": \"10\"}\n");
    SmallExperiment.write(folder, "policy.init = random");
    Files.createDirectories(run().root());
    commit(2);
  }

  @Test
  void theSameDataIsTakenWithoutAWord() throws IOException {
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
  }

  @Test
  void otherAgeAndPlaceAreNoOtherData() throws IOException {
    Files.setLastModifiedTime(rows, FileTime.fromMillis(1_000_000));
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
    Files.move(rows, folder.resolve("moved.jsonl"));
    rows = folder.resolve("moved.jsonl");
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
  }

  @Test
  void fewerOtherRowsAreRefusedWithTheDifference() throws IOException {
    Files.writeString(
        rows,
        "{\"prompt\": \"6+6?\", \"answer\": \"12\"}\n{\"prompt\": \"1+1?\", \"answer\": \"2\"}\n");
    assertThatThrownBy(() -> check(DataComparison.Changed.REFUSE))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching(
            "data.path: .*rows.jsonl has other data than step 2 was trained with: 2 rows, 69 bytes,"
                + " SHA-256 [0-9a-f]{12}, the first difference is in line 1 \\(expected: 4 rows,"
                + " 136 bytes, SHA-256 [0-9a-f]{12}; --data-changed=continue resumes with the new"
                + " data\\)");
  }

  @Test
  void answerOfTheSameLengthIsRefused() throws IOException {
    String text = Files.readString(rows);
    Files.writeString(rows, text.replace("\"answer\": \"4\"", "\"answer\": \"7\""));
    assertRefused("data.path", "4 rows, 136 bytes", "the first difference is in line 3");
  }

  @Test
  void rowsAtTheEndAreRefused() throws IOException {
    Files.writeString(rows, Files.readAllLines(rows).get(0) + "\n", StandardOpenOption.APPEND);
    assertRefused("data.path", "5 rows, 170 bytes", "the first difference is in line 5");
  }

  @Test
  void rowsThatAreGoneAtTheEndAreRefused() throws IOException {
    Files.write(rows, Files.readAllLines(rows).subList(0, 3));
    assertRefused("data.path", "3 rows, 102 bytes", "rows at the end are gone");
  }

  @Test
  void otherOrderIsRefused() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(rows));
    Collections.swap(lines, 1, 3);
    Files.write(rows, lines);
    assertRefused("data.path", "4 rows, 136 bytes", "the first difference is in line 2");
  }

  @Test
  void otherHeldOutRowsAreRefused() throws IOException {
    Files.writeString(heldOut, "{\"prompt\": \"9+2?\", \"answer\": \"11\"}\n");
    assertRefused("eval.path", "1 rows", "the first difference is in line 1");
  }

  @Test
  void otherDataIsTakenWithAWarningWhereThatIsAskedFor() throws IOException {
    Files.write(rows, Files.readAllLines(rows).subList(0, 3));
    assertThat(check(DataComparison.Changed.CONTINUE))
        .singleElement()
        .asString()
        .startsWith("warning: data.path: ")
        .endsWith("the run continues with it");
  }

  @Test
  void checkpointOfAnEarlierVersionIsTakenWithANote() throws IOException {
    Files.delete(run().root().resolve(DataHashes.NAME));
    new CheckpointStore(run().checkpoints()).begin(2, "learner");
    new CheckpointStore(run().checkpoints()).commit(2, "", "");
    assertThat(check(DataComparison.Changed.REFUSE))
        .singleElement()
        .asString()
        .contains("step-2 does not say which data it was trained with");
  }

  @Test
  void hashOfAFileThatIsUnchangedIsNotComputedAgain() throws IOException {
    DataHashes known = DataHashes.in(folder.resolve("run")).orElseThrow();
    DataHashes.Entry entry = entry(known, "data.path");
    // A hash that no file has shows where it comes from.
    String wrong = "0".repeat(64);
    DataHashes.Entry changed =
        new DataHashes.Entry(
            entry.path(),
            entry.bytes(),
            entry.modified(),
            entry.changed(),
            entry.number(),
            wrong,
            entry.rows(),
            entry.checks());
    new DataHashes(Map.of("data.path", changed)).write(run().root());
    try (RunInputs inputs = open()) {
      assertThat(inputs.train().orElseThrow().first().sha256()).isEqualTo(wrong);
      assertThat(inputs.heldOut().orElseThrow().sha256())
          .isEqualTo(entry(known, "eval.path").sha256());
    }
    Files.setLastModifiedTime(rows, FileTime.fromMillis(1_000_000));
    try (RunInputs inputs = open()) {
      assertThat(inputs.train().orElseThrow().first().sha256()).isEqualTo(entry.sha256());
    }
  }

  @Test
  void editInPlaceWithItsOldAgeIsNoticed() throws IOException {
    FileTime age = Files.getLastModifiedTime(rows);
    Object number = Files.getAttribute(rows, "unix:ino");
    byte[] text =
        Files.readString(rows)
            .replace("\"answer\": \"4\"", "\"answer\": \"7\"")
            .getBytes(StandardCharsets.UTF_8);
    try (FileChannel open = FileChannel.open(rows, StandardOpenOption.WRITE)) {
      open.write(ByteBuffer.wrap(text));
    }
    Files.setLastModifiedTime(rows, age);
    assertThat(Files.getAttribute(rows, "unix:ino")).isEqualTo(number);
    assertRefused("data.path", "4 rows, 136 bytes", "the first difference is in line 3");
  }

  @Test
  void packingOfTheSameTextIsNoDifference() throws IOException {
    pack(Files.readString(rows));
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
  }

  @Test
  void otherTextThatIsPackedIsRefused() throws IOException {
    pack(Files.readString(rows).replace("\"answer\": \"4\"", "\"answer\": \"7\""));
    assertRefused(
        "data.path",
        Files.size(rows) + " bytes packed, SHA-256",
        "as unpacked text; where it differs is known only of two files that are both packed");
  }

  @Test
  void firstDifferenceOfTwoPackedFilesIsNamed() throws IOException {
    String text = Files.readString(rows);
    pack(text);
    commit(3);
    pack(text.replace("\"answer\": \"4\"", "\"answer\": \"7\""));
    assertRefused("data.path", "than step 3 was trained with", "difference is in line 3");
  }

  @Test
  void checkpointsAreHashedOnlyWhereTheirDataDiffers() throws IOException {
    CheckpointStore store = new CheckpointStore(run().checkpoints());
    commit(3);
    try (RunInputs inputs = open()) {
      assertThat(DataComparison.isSameInAll(store, inputs)).isTrue();
    }
    Files.write(rows, Files.readAllLines(rows).subList(0, 3));
    commit(4);
    try (RunInputs inputs = open()) {
      assertThat(DataComparison.isSameInAll(store, inputs)).isFalse();
    }
  }

  private void pack(String text) throws IOException {
    rows = folder.resolve("rows.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(rows))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void optionWithoutARunToResumeIsRefused() {
    CommandLineRun terminal =
        CommandLineRun.of(
            "train", folder.resolve("small.conf").toString(), "--data-changed=continue");
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err()).contains("--data-changed: continue (expected: --resume RUN beside");
  }

  @Test
  void runKeepsTheDataOfEachCheckpoint() throws IOException {
    String run = folder.resolve("whole").toString();
    String small = SmallExperiment.write(folder, "policy.init = random").toString();
    CommandLineRun first = CommandLineRun.of("train", small, "--run-dir", run, "-D", "run.steps=1");
    assertThat(first.code()).as(first.out() + first.err()).isZero();
    Files.writeString(
        rows,
        "{\"prompt\": \"6+6?\", \"answer\": \"12\"}\n{\"prompt\": \"1+1?\", \"answer\": \"2\"}\n");
    CommandLineRun refused = CommandLineRun.of("train", "--resume", run, "-D", "run.steps=2");
    assertThat(refused.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(refused.err()).contains("other data than step 1 was trained with: 2 rows");
    CommandLineRun resumed =
        CommandLineRun.of("train", "--resume", run, "-D", "run.steps=2", "--data-changed=continue");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.out()).contains("warning: data.path: ");
    RunFolder left = new RunFolder(Path.of(run));
    List<RunEvent> events = new ArrayList<>();
    RunEventsFile.read(left.runEventsFile(), events::add, Assertions::fail);
    assertThat(events)
        .filteredOn(event -> event.text().contains("has other data than step 1"))
        .singleElement()
        .extracting(RunEvent::level)
        .isEqualTo(RunEvent.Level.WARNING);
    assertThat(Files.readString(left.summaryFile())).contains("has other data than step 1");
    assertThat(DataHashes.in(left.checkpoint(2)).orElseThrow())
        .isEqualTo(DataHashes.in(left.root()).orElseThrow());
    assertThat(entry(DataHashes.in(left.checkpoint(2)).orElseThrow(), "data.path").rows())
        .isEqualTo(2);
  }

  @Test
  void otherBytesAroundTheSameRowsAreNamed() throws IOException {
    Files.writeString(rows, Files.readString(rows).replace("\n", "\r\n"));
    assertRefused("data.path", "4 rows, 140 bytes", "with the same prompts: only line ends");
  }

  @Test
  void checkpointThatIsLoadedIsTheOneToCompareWith() throws IOException {
    String before = Files.readString(rows);
    Files.writeString(rows, before.replace("\"answer\": \"4\"", "\"answer\": \"7\""));
    commit(3);
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
    Files.writeString(run().checkpoint(3).resolve("learner").resolve("weights"), "damaged");
    assertRefused("data.path", "than step 2 was trained with", "the first difference is in line 3");
    Files.writeString(rows, before);
    assertThat(check(DataComparison.Changed.REFUSE)).isEmpty();
  }

  @Test
  void recordOfALaterVersionIsNamed() throws IOException {
    Files.writeString(run().root().resolve(DataHashes.NAME), "{\"format\": 99}");
    new CheckpointStore(run().checkpoints()).begin(2, "learner");
    new CheckpointStore(run().checkpoints()).commit(2, "", "");
    assertThat(check(DataComparison.Changed.REFUSE))
        .singleElement()
        .asString()
        .contains("step-2: its data.json cannot be read");
  }

  private void commit(long step) throws IOException {
    try (RunInputs inputs = open()) {
      DataComparison.record(run(), inputs);
    }
    CheckpointStore store = new CheckpointStore(run().checkpoints());
    Files.writeString(store.begin(step, "learner").resolve("weights"), "of step " + step);
    store.commit(step, "", "");
  }

  private static DataHashes.Entry entry(DataHashes hashes, String key) {
    return Objects.requireNonNull(hashes.files().get(key));
  }

  private RunFolder run() {
    return new RunFolder(folder.resolve("run"));
  }

  private RunInputs open() {
    return RunInputs.open(
        ExperimentFiles.load(
            folder.resolve("small.conf"), List.of("data.path=" + rows, "eval.path=" + heldOut)),
        DataComparison.reading(Optional.of(run().root()), ReadProgress.NONE));
  }

  private List<String> check(DataComparison.Changed changed) throws IOException {
    try (RunInputs inputs = open()) {
      return DataComparison.check(run(), inputs, changed);
    }
  }

  private void assertRefused(String key, String found, String where) {
    assertThatThrownBy(() -> check(DataComparison.Changed.REFUSE))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(key + ": ")
        .hasMessageContaining(found)
        .hasMessageContaining(where);
  }
}
