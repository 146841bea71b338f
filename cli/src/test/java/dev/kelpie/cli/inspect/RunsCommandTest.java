package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.runs.OpenJournals;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FinishedRun.Maker.class)
class RunsCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FinishedRun run;

  @TempDir private Path runs = Path.of("");

  RunsCommandTest(FinishedRun run) {
    this.run = run;
  }

  @BeforeEach
  void copyRun() {
    run.copy(runs.resolve("good"));
  }

  @Test
  void showsWhatARunCameTo() throws IOException {
    JsonNode summary = JSON.readTree(runs.resolve("good/summary.json").toFile());
    CommandLineRun shown = CommandLineRun.of("runs", runs.toString());
    assertThat(shown.code()).as(shown.err()).isZero();
    String before = number(summary.at("/eval-before/eval~1reward~1mean"));
    String after = number(summary.at("/eval-after/eval~1reward~1mean"));
    List<String> lines = shown.out().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).matches("name +status +steps +reward +held-out +seconds +size");
    assertThat(lines.get(1))
        .matches(
            "good +finished +2/2 +[01]\\.\\d{3} +"
                + before
                + " -> "
                + after
                + " +\\d+ +[\\d.]+ MiB");
  }

  private static String number(JsonNode value) {
    return String.format("%.3f", value.asDouble());
  }

  @Test
  void brokenFoldersAreRowsWithAWord() throws IOException {
    Files.createDirectories(runs.resolve("empty"));
    Path summary = run.copy(runs.resolve("summary")).resolve("summary.json");
    Files.writeString(summary, "{\"status\": ");
    Path metrics = run.copy(runs.resolve("metrics")).resolve("metrics.jsonl");
    Files.write(metrics, new byte[] {(byte) 0xff, (byte) 0xfe, '\n', '{'});
    Path experiment = run.copy(runs.resolve("experiment")).resolve("experiment.conf");
    Files.writeString(experiment, "run { steps = \"many");
    Files.writeString(runs.resolve("a-file"), "not a run");
    CommandLineRun shown = CommandLineRun.of("runs", runs.toString(), "--sort", "name");
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.err()).isEmpty();
    assertThat(shown.out().lines().skip(1).map(line -> line.replaceAll(" +", " ")))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("empty broken 0/? - - -"),
            line -> assertThat(line).startsWith("experiment broken 2/?"),
            line -> assertThat(line).startsWith("good finished 2/2"),
            line -> assertThat(line).startsWith("metrics finished 2/2 - "),
            line -> assertThat(line).startsWith("summary finished 2/2"));
    JsonNode json =
        JSON.readTree(CommandLineRun.of("runs", runs.toString(), "--json", "--sort", "name").out());
    assertThat(json.at("/runs/0/problems/0").asText()).startsWith("experiment.conf: missing");
    assertThat(json.at("/runs/3/problems/0").asText()).startsWith("metrics.jsonl:1: damaged");
    assertThat(json.at("/runs/4/problems/0").asText()).startsWith("summary.json: not readable");
  }

  @Test
  void linksOutOfTheFolderAreNamedAndNotFollowed(@TempDir Path other) throws IOException {
    run.copy(other.resolve("secret-run"));
    Path link = Files.createSymbolicLink(runs.resolve("out"), other.resolve("secret-run"));
    Files.createSymbolicLink(runs.resolve("latest"), runs.resolve("good"));
    CommandLineRun shown = CommandLineRun.of("runs", runs.toString(), "--sort", "name");
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.out().lines().skip(1))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("good "),
            line -> assertThat(line).startsWith("latest "),
            line ->
                assertThat(line)
                    .isEqualTo(
                        link
                            + ": a link that leads out of "
                            + runs
                            + ", not followed (kelpie runs "
                            + link
                            + "/ shows its target)"));
    JsonNode json =
        JSON.readTree(CommandLineRun.of("runs", runs.toString(), "--json", "--sort", "name").out());
    assertThat(json.path("runs")).hasSize(2);
    assertThat(json.at("/links-not-followed/0").asText()).isEqualTo(link.toString());
    // a folder that the user names is followed, whatever it is
    assertThat(CommandLineRun.of("runs", link + "/").out()).contains("finished");
  }

  @Test
  void aRunThatEndedWithoutAWordWasKilled() throws IOException {
    endOfJournalCut("good");
    Files.delete(runs.resolve("good/summary.json"));
    assertThat(status("good")).isEqualTo("killed");
    // a resumed run that is killed still has the summary of its part before
    run.copy(runs.resolve("resumed"));
    endOfJournalCut("resumed");
    assertThat(status("resumed")).isEqualTo("killed");
  }

  @Test
  void aRunThatWasMeasuredOnceHasNoArrow() throws IOException {
    Path metrics = runs.resolve("good/metrics.jsonl");
    Files.write(metrics, Files.readAllLines(metrics).subList(0, 2)); // before, and step 1
    assertThat(CommandLineRun.of("runs", runs.toString()).out())
        .containsPattern("good +finished +2/2 +0\\.\\d{3} +0\\.\\d{3} +\\d")
        .doesNotContain("->");
  }

  @Test
  void aRunWhoseJournalIsOpenIsRunning() throws IOException {
    Assumptions.assumeTrue(OpenJournals.now().segments().isPresent(), "no /proc here");
    Path segment = runs.resolve("good/events/000001.jsonl");
    try (FileChannel held = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      assertThat(held.isOpen()).isTrue();
      assertThat(status("good")).isEqualTo("running");
    }
    try (FileChannel looked = FileChannel.open(segment, StandardOpenOption.READ)) {
      assertThat(looked.isOpen()).isTrue();
      assertThat(status("good")).isEqualTo("finished");
    }
    assertThat(status("good")).isEqualTo("finished");
  }

  @Test
  void sortsByAnyColumn() throws IOException {
    Path slower = run.copy(runs.resolve("a-slower")).resolve("summary.json");
    Files.writeString(
        slower,
        Files.readString(slower).replaceFirst("\"seconds\" : [\\d.]+", "\"seconds\" : 9e9"));
    assertThat(names("--sort", "seconds")).containsExactly("a-slower", "good");
    assertThat(names("--sort", "name")).containsExactly("a-slower", "good");
    assertThat(names("--sort", "started")).containsExactly("a-slower", "good");
    Files.delete(runs.resolve("a-slower/metrics.jsonl"));
    assertThat(names("--sort", "reward")).containsExactly("good", "a-slower");
    assertThat(names("--sort", "size")).containsExactly("good", "a-slower");
    CommandLineRun unknown = CommandLineRun.of("runs", runs.toString(), "--sort", "colour");
    assertThat(unknown.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(unknown.err()).hasLineCount(1).contains("held-out");
  }

  @Test
  void saysWhereThereIsNothing() throws IOException {
    CommandLineRun none = CommandLineRun.of("runs", runs.resolve("nowhere").toString());
    assertThat(none.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(none.err()).hasLineCount(1).contains("nowhere: no such folder");
    Path empty = Files.createDirectories(runs.resolve("empty"));
    assertThat(CommandLineRun.of("runs", empty.toString()).out())
        .isEqualTo("no runs in " + empty + "\n");
  }

  private List<String> names(String... options) {
    return CommandLineRun.of("runs", runs.toString(), options[0], options[1])
        .out()
        .lines()
        .skip(1)
        .map(line -> line.split(" ", 2)[0])
        .toList();
  }

  private String status(String name) throws IOException {
    JsonNode json = JSON.readTree(CommandLineRun.of("runs", runs.toString(), "--json").out());
    for (JsonNode node : json.path("runs")) {
      if (node.path("name").asText().equals(name)) {
        return node.path("status").asText();
      }
    }
    return "no row";
  }

  private void endOfJournalCut(String name) throws IOException {
    Path last = runs.resolve(name).resolve("events/000001.jsonl");
    String text = Files.readString(last, StandardCharsets.UTF_8);
    Files.writeString(last, text.substring(0, text.length() - 20)); // within the last line
  }
}
