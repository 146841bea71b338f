package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.train.DataComparison;
import dev.kelpie.cli.train.NewRun;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.CheckpointStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Data sets that cannot be trained on, and some that look as if they could not. */
class BadDataTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Data");
  private static final String ROW = SmallExperiment.row("1+1?", 2);

  static final List<Kind> REFUSED =
      List.of(
          new Kind("byte that is not UTF-8", "a byte 0xff in row 3", BadDataTest::latin),
          rows("last line cut short", "{\"prompt\": \"1+1", ROW, "{\"prompt\": \"1+1"),
          rows("broken JSON", "{\"prompt\": oops}", ROW, "{\"prompt\": oops}"),
          rows("row that is no object", "[1, 2]", ROW, "[1, 2]"),
          rows("empty file", "no row at all", ""),
          rows("empty prompt", "{\"prompt\": \"\", ...}", SmallExperiment.row("", 2)),
          rows("null prompt", "{\"prompt\": null, ...}", "{\"prompt\": null, \"answer\": \"2\"}"),
          rows("null answer", "{\"answer\": null, ...}", "{\"prompt\": \"1?\", \"answer\": null}"),
          rows(
              "wrong type in row 7,000",
              "{\"prompt\": 7, ...}",
              (ROW + "\n").repeat(6_998) + ROW,
              "{\"prompt\": 7, \"answer\": \"2\"}"),
          rows(
              "rows of two schemas",
              "{\"question\": \"1+1?\", ...} in row 2",
              ROW,
              ROW.replace("prompt", "question")),
          new Kind("line of 100 MB", "a row that does not end", BadDataTest::endless),
          new Kind(
              "gzip cut short",
              "data.path = rows.jsonl.gz",
              folder -> gzip(folder.resolve("rows.jsonl.gz"), 20)),
          new Kind(
              "text that is called gzip",
              "data.path = rows.jsonl.gz",
              folder -> Files.writeString(folder.resolve("rows.jsonl.gz"), ROW)),
          new Kind(
              "folder instead of a file",
              "data.path = data",
              folder -> Files.createDirectory(folder.resolve("data"))),
          setting("file that is missing", "data.path = nowhere.jsonl"),
          setting("evaluation file that is missing", "eval.path = nowhere.jsonl"),
          setting("file of held-out pairs that is missing", "eval.pairs-path = nowhere.jsonl"),
          setting(
              "held-out pairs and a reference that moves",
              "eval.pairs-path = rows.jsonl, reference.schedule = ema"),
          setting("held-out pairs without a column", "eval.pairs-path = rows.jsonl"),
          setting("column that is missing", "data.prompt = question"),
          setting("answers that are missing", "data.answer = solution"),
          new Kind(
              "id that is there twice",
              "data.id = answer",
              folder -> Files.writeString(folder.resolve("rows.jsonl"), ROW + "\n" + ROW)),
          setting("mixed file without a path", "data.mix.more.weight = 2"),
          setting("mixed file that is missing", "data.mix.more.path = nowhere.jsonl"),
          setting("weight of nothing", "data.mix.more { path = rows.jsonl, weight = 0 }"),
          setting(
              "misspelt key of a mixed file", "data.mix.more { path = rows.jsonl, wieght = 2 }"),
          setting("former run that is missing", "data.filter.pass-rate.run-path = nowhere"),
          setting(
              "pass rates between nothing",
              "data.filter.pass-rate { run-path = run, min = 0.8, max = 0.2 }"),
          setting(
              "measure of a pass rate that is not there",
              "data.filter.pass-rate { run-path = run, measure = mean-rewrad }"),
          setting(
              "pass rates of rows with responses",
              "data { form = pairs, filter.pass-rate.run-path = run }"),
          setting("all prompts too long", "data.max-prompt-tokens = 3"),
          setting(
              "prompt too long, where that is an error",
              "data { max-prompt-tokens = 3, too-long = error }"),
          setting("chat without a chat template", "data.chat = true"),
          setting("system messages without chat", "data.system = persona"),
          rows(
              "half a surrogate pair",
              "{\"prompt\": \"1+1\\ud83d\", ...}",
              ROW,
              ROW.replace("?", "\\ud83d")),
          rows(
              "answer that is not a number", "{\"answer\": NaN, ...}", ROW.replace("\"2\"", "NaN")),
          rows(
              "number of 5,000 digits",
              "{\"answer\": 77..., ...}",
              ROW.replace("\"2\"", "7".repeat(5000))),
          rows(
              "lists in lists",
              "{..., \"deep\": [[[[...",
              ROW.replace("}", ", \"deep\": " + "[".repeat(2000) + "]".repeat(2000) + "}")),
          rows("two objects in a line", "{...} {...}", ROW + " " + ROW));

  static final List<Kind> TAKEN =
      List.of(
          rows("CRLF line ends", "rows that end in \\r\\n", ROW + "\r", ROW + "\r\n"),
          rows("byte order mark, blank lines", "\\uFEFF before row 1", "\uFEFF" + ROW, "", ROW),
          rows("last row without a line end", "two rows, one \\n", ROW, ROW),
          new Kind(
              "gzip",
              "data.path = rows.jsonl.gz",
              folder -> gzip(folder.resolve("rows.jsonl.gz"), 0)),
          rows(
              "column that nobody reads",
              "{..., \"score\": NaN, \"note\": \"\\ud83d\"}",
              ROW.replace("}", ", \"score\": NaN, \"note\": \"\\ud83d\"}"),
              ROW),
          new Kind("some prompts too long", "data.max-prompt-tokens = 5", BadDataTest::longer),
          new Kind(
              "some prompts too long, to be cut",
              "data { max-prompt-tokens = 5, too-long = truncate-left }",
              BadDataTest::longer));

  @TempDir private Path folder = Path.of("");

  private interface Spoiler {
    void spoil(Path folder) throws IOException;
  }

  /**
   * A data set.
   *
   * @param input what is odd about it; where it names a key, it is a line of the experiment file
   */
  record Kind(String what, String input, Spoiler spoiler) {
    String written() {
      return input.startsWith("data") || input.startsWith("eval") ? input : "";
    }

    @Override
    public String toString() {
      return what;
    }
  }

  private static Kind rows(String what, String input, String... lines) {
    return new Kind(
        what,
        input,
        folder -> Files.writeString(folder.resolve("rows.jsonl"), String.join("\n", lines)));
  }

  private static Kind setting(String what, String written) {
    return new Kind(what, written, folder -> {});
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithPlaceAndExpectation(Kind kind) throws IOException {
    String line = Refusal.of(folder, experiment(kind));
    assertThat(line).containsAnyOf("rows.jsonl", "data.", "eval.");
    TABLE.add(kind.what(), kind.input(), line);
  }

  @ParameterizedTest
  @FieldSource("TAKEN")
  void isTakenAsItIs(Kind kind) throws IOException {
    CommandLineRun terminal = CommandLineRun.of("validate", experiment(kind));
    assertThat(terminal.code()).as(terminal.out()).isZero();
    String found = terminal.out().lines().filter(line -> line.contains(" data ")).findFirst().get();
    TABLE.add(kind.what(), kind.input(), Refusal.stable(folder, found));
  }

  @Test
  void fileThatMayNotBeReadIsNamed() throws IOException {
    String what = "file that may not be read";
    String experiment = experiment(setting(what, ""));
    Path rows = folder.resolve("rows.jsonl");
    Files.setPosixFilePermissions(rows, PosixFilePermissions.fromString("---------"));
    if (Files.isReadable(rows)) {
      TABLE.skip(what, "this user may read everything");
    } else {
      TABLE.add(what, "chmod 000 rows.jsonl", Refusal.of(folder, experiment));
    }
  }

  @Test
  void resumeWithOtherDataIsRefused() throws IOException {
    String experiment = experiment(setting("", ""));
    LoadedExperiment loaded = ExperimentFiles.load(Path.of(experiment), List.of());
    RunFolder run = new RunFolder(folder.resolve("run"));
    NewRun.record(run, loaded);
    try (RunInputs inputs = RunInputs.open(loaded)) {
      DataComparison.hashes(inputs).write(run.root());
    }
    CheckpointStore store = new CheckpointStore(run.checkpoints());
    store.begin(2, "learner");
    store.commit(2, "", "");
    Files.writeString(folder.resolve("rows.jsonl"), ROW + "\n");
    CommandLineRun terminal = CommandLineRun.of("train", "--resume", run.root().toString());
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    String line = Refusal.stable(folder, terminal.err().strip().substring("kelpie: ".length()));
    assertThat(line).startsWith("data.path: rows.jsonl has other data than step 2");
    TABLE.add("resume with other data", "one row in place of four", line);
  }

  @Test
  void resumeWithTheSamePromptsInOtherBytesIsRefused() throws IOException {
    LoadedExperiment loaded = ExperimentFiles.load(Path.of(experiment(setting("", ""))), List.of());
    RunFolder run = new RunFolder(folder.resolve("run"));
    NewRun.record(run, loaded);
    try (RunInputs inputs = RunInputs.open(loaded)) {
      DataComparison.hashes(inputs).write(run.root());
    }
    CheckpointStore store = new CheckpointStore(run.checkpoints());
    store.begin(2, "learner");
    store.commit(2, "", "");
    Path rows = folder.resolve("rows.jsonl");
    Files.writeString(rows, Files.readString(rows).replace("\n", "\r\n"));
    CommandLineRun terminal = CommandLineRun.of("train", "--resume", run.root().toString());
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    String line = Refusal.stable(folder, terminal.err().strip().substring("kelpie: ".length()));
    assertThat(line).contains(", with the same prompts: only line ends");
    TABLE.add("resume with the same prompts, other bytes", "\\r\\n in place of \\n", line);
  }

  private String experiment(Kind kind) throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
    kind.spoiler().spoil(folder);
    return Files.writeString(
            folder.resolve("x.conf"), "include required(\"small.conf\")\n" + kind.written())
        .toString();
  }

  private static void latin(Path folder) throws IOException {
    String text = ROW + "\n" + ROW + "\n{\"prompt\": \"\u00ff\"}";
    Files.writeString(folder.resolve("rows.jsonl"), text, StandardCharsets.ISO_8859_1);
  }

  /** A prompt of five tokens and one of seven. */
  private static void longer(Path folder) throws IOException {
    Files.writeString(folder.resolve("rows.jsonl"), ROW + "\n" + ROW.replace("1+1", "1+1+1"));
  }

  /** 100 MB of zeros behind a good row, which take no space on the disk. */
  private static void endless(Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("rows.jsonl"), ROW + "\n{\"prompt\": \"");
    try (RandomAccessFile rows = new RandomAccessFile(file.toFile(), "rw")) {
      rows.setLength(100_000_000);
    }
  }

  private static void gzip(Path file, int missing) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write((ROW + "\n" + ROW + "\n").getBytes(StandardCharsets.UTF_8));
    }
    Files.write(file, Arrays.copyOf(packed.toByteArray(), packed.size() - missing));
  }
}
