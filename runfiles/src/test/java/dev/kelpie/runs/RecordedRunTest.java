package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run read from its folder: whole, damaged and missing files. */
class RecordedRunTest {
  @TempDir private Path root = Path.of("");

  private RunFolder folder() {
    return new RunFolder(root);
  }

  private void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Test
  void aFinishedRunIsAsItWas() throws IOException {
    write(
        folder().metricsFile(),
        """
        {"format":1,"step":1,"time":"2026-01-02T03:04:05Z","reward/mean":0.25,"policy/loss":null}
        {"format":1,"step":2,"time":"2026-01-02T03:04:06Z","reward/mean":0.5}
        {"format":1,"step":2,"time":"2026-01-02T03:04:07Z","eval/reward/mean":0.75}
        """);
    write(
        folder().runEventsFile(),
        """
        {"time":"2026-01-02T03:04:05Z","level":"INFO","source":"coordinator","text":"started"}
        {"time":"2026-01-02T03:04:06Z","level":"warning","source":"watchdog","text":"a stall"}
        """);
    write(
        folder().actorsFile(),
        """
        {"format":2,"actors":[{"name":"rollout-1","node":"127.0.0.1:1","role":"rollout","doing":"waiting",
          "since":"2026-01-02T03:04:06Z","version":2,"numbers":{"mailbox":1,"rss_mib":300.5}}],
         "links":[{"from":"rollout-1","to":"coordinator","messages":12,"bytes":3400}],
         "ledger":{"issued":128,"consumed":96,"in-flight":32},
         "timelines":{"rollout-1":[{"since":"2026-01-02T03:04:05Z","doing":"loading","version":1}]}}
        """);
    write(folder().summaryFile(), "{\"status\":\"finished\",\"steps\":2}");
    Files.createDirectories(folder().rollouts());

    RecordedRun run = RecordedRun.open(folder());

    assertThat(run.progress().phase()).isEqualTo(RunPhase.FINISHED);
    assertThat(run.progress().step()).isEqualTo(2);
    assertThat(run.metrics(0)).hasSize(2);
    assertThat(run.metrics(2).get(0).get("reward/mean")).isEqualTo(0.5);
    assertThat(run.metrics(2).get(0).get("eval/reward/mean")).isEqualTo(0.75);
    assertThat(run.metrics(0).get(0).get("policy/loss")).isNaN();
    assertThat(run.events())
        .extracting(event -> event.text())
        .containsExactly("started", "a stall");
    assertThat(run.actors().get(0).numbers()).containsEntry("rss_mib", 300.5);
    assertThat(run.links().get(0).bytes()).isEqualTo(3400);
    assertThat(run.ledger()).containsEntry("consumed", 96L).containsEntry("in-flight", 32L);
    assertThat(run.timeline("rollout-1").get(0).doing()).isEqualTo("loading");
    assertThat(run.notes())
        .containsExactly("experiment.conf: missing; the configuration is not known");
  }

  @Test
  void anEmptyFolderIsARunOfWhichNothingIsKnown() {
    RecordedRun run = RecordedRun.open(folder());
    assertThat(run.progress().phase()).isEqualTo(RunPhase.UNFINISHED);
    assertThat(run.metrics(0)).isEmpty();
    assertThat(run.actors()).isEmpty();
    assertThat(run.ledger()).isEmpty();
    assertThat(run.notes())
        .hasSize(6)
        .anyMatch(note -> note.startsWith("metrics.jsonl: missing"))
        .anyMatch(note -> note.startsWith("run-events.jsonl: missing"))
        .anyMatch(note -> note.startsWith("actors.json: missing"))
        .anyMatch(note -> note.startsWith("summary.json: missing"))
        .anyMatch(note -> note.startsWith("rollouts: missing"));
  }

  @Test
  void countsAreThoseOfTheSummaryWhereThereIsNoActorsFile() throws IOException {
    write(
        folder().summaryFile(),
        "{\"status\":\"killed\",\"ledger\":{\"clean\":true,\"issued\":16,\"in-flight\":8}}");
    assertThat(RecordedRun.open(folder()).ledger())
        .containsOnly(entry("issued", 16L), entry("in-flight", 8L));
  }

  @Test
  void tornLinesAndFilesAreLeftOutAndDamagedOnesAreNamed() throws IOException {
    write(folder().metricsFile(), "{\"step\":1,\"reward/mean\":1}\nnot json\n{\"step\":2,\"rew");
    write(folder().runEventsFile(), "{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"INFO\",\"so");
    write(folder().actorsFile(), "{\"actors\":[{\"name\":");
    write(folder().summaryFile(), "");
    RecordedRun run = RecordedRun.open(folder());
    assertThat(run.metrics(0)).hasSize(1);
    assertThat(run.events()).isEmpty();
    assertThat(run.actors()).isEmpty();
    assertThat(run.notes())
        .contains(
            "metrics.jsonl:2: damaged line (expected: an object with a step)",
            "run-events.jsonl: the last line is torn and left out",
            "actors.json: not readable as JSON (expected: one object)",
            "summary.json: not readable as JSON (expected: one object)");
  }

  @Test
  void anActorsFileOfTheEarlierFormatIsReadAndOneOfAnUnknownFormatIsNot() throws IOException {
    write(folder().actorsFile(), "{\"format\":1,\"ledger\":{\"issued\":12,\"in_flight\":4}}");
    assertThat(RecordedRun.open(folder()).ledger())
        .containsOnly(entry("issued", 12L), entry("in-flight", 4L));
    Files.writeString(folder().actorsFile(), "{\"format\":3,\"ledger\":{\"issued\":12}}");
    RecordedRun run = RecordedRun.open(folder());
    assertThat(run.ledger()).isEmpty();
    assertThat(run.notes()).contains("actors.json: format 3 (expected: 2)");
  }

  @Test
  void aFileThatGrowsIsReadOnFromWhereItEnded() throws IOException {
    RecordedLines<String> lines = lines();
    StringBuilder read = new StringBuilder();
    readNew(lines, read);
    write(folder().metricsFile(), "one\ntw");
    readNew(lines, read);
    assertThat(lines.tornBytes()).isEqualTo(2);
    write(folder().metricsFile(), "o\nbad\nthree\n");
    readNew(lines, read);
    assertThat(read)
        .hasToString("one;two;metrics.jsonl:3: damaged line (expected: a good one);three;");
  }

  @Test
  void aFileThatWasCutIsReadAnew() throws IOException {
    RecordedLines<String> lines = lines();
    StringBuilder read = new StringBuilder();
    write(folder().metricsFile(), "one\ntwo\n");
    readNew(lines, read);
    Files.writeString(folder().metricsFile(), "bad\n");
    readNew(lines, read);
    assertThat(read)
        .hasToString("one;two;[again]metrics.jsonl:1: damaged line (expected: a good one);");
  }

  private RecordedLines<String> lines() {
    return new RecordedLines<>(
        folder().metricsFile(),
        line -> {
          if (line.equals("bad")) {
            throw new IOException("a good one");
          }
          return line;
        });
  }

  private static void readNew(RecordedLines<String> lines, StringBuilder read) throws IOException {
    lines.readNew(
        (value, line) -> read.append(value).append(';'),
        damaged -> read.append(damaged).append(';'),
        () -> read.append("[again]"));
  }
}
