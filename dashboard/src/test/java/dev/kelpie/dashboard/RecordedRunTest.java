package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.GrowingLines;
import dev.kelpie.runs.RecordedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run read from its folder, with complete, incomplete and missing files. */
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
        {"actors":[{"name":"rollout-1","node":"127.0.0.1:1","role":"rollout","doing":"waiting",
          "since":"2026-01-02T03:04:06Z","version":2,"numbers":{"mailbox":1,"rss_mib":300.5}}],
         "links":[{"from":"rollout-1","to":"coordinator","messages":12,"bytes":3400}],
         "ledger":{"issued":128,"consumed":128},
         "timelines":{"rollout-1":[{"since":"2026-01-02T03:04:05Z","doing":"loading","version":1}]}}
        """);
    write(folder().summaryFile(), "{\"status\":\"finished\",\"steps\":2}");
    Files.createDirectories(folder().rollouts());

    RecordedRun run = RecordedRun.open(folder());

    assertThat(run.progress().phase()).isEqualTo("finished");
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
    assertThat(run.ledger()).containsEntry("consumed", 128L);
    assertThat(run.timeline("rollout-1").get(0).doing()).isEqualTo("loading");
    assertThat(run.notes())
        .containsExactly("experiment.conf: missing; the configuration is not known");
  }

  @Test
  void anEmptyFolderIsARunOfWhichNothingIsKnown() {
    RecordedRun run = RecordedRun.open(folder());
    assertThat(run.progress().phase()).isEqualTo("unfinished");
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
  void tornLinesAndFilesAreLeftOutAndSaid() throws IOException {
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
            "metrics.jsonl: 1 line is not readable and left out",
            "run-events.jsonl: the last line is torn and left out",
            "actors.json: not readable as JSON and left out",
            "summary.json: holds no JSON object");
  }

  @Test
  void aFileThatGrowsIsReadOnFromWhereItEnded() throws IOException {
    Path file = folder().metricsFile();
    GrowingLines lines = new GrowingLines(file);
    StringBuilder read = new StringBuilder();
    lines.read(read::append, () -> read.append("[again]"));
    write(file, "one\ntw");
    lines.read(line -> read.append(line).append(';'), () -> read.append("[again]"));
    assertThat(lines.tornBytes()).isEqualTo(2);
    write(file, "o\nthree\n");
    lines.read(line -> read.append(line).append(';'), () -> read.append("[again]"));
    assertThat(read).hasToString("one;two;three;");
  }

  @Test
  void aFileThatWasCutIsReadAnew() throws IOException {
    Path file = folder().metricsFile();
    GrowingLines lines = new GrowingLines(file);
    StringBuilder read = new StringBuilder();
    write(file, "one\ntwo\n");
    lines.read(line -> read.append(line).append(';'), () -> read.append("[again]"));
    Files.writeString(file, "one\n");
    lines.read(line -> read.append(line).append(';'), () -> read.append("[again]"));
    assertThat(read).hasToString("one;two;[again]one;");
  }
}
