package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.ActorsFile;
import dev.kelpie.runs.ClusterFile;
import dev.kelpie.runs.OpenJournals;
import dev.kelpie.runs.RecordedRun;
import dev.kelpie.runs.RunRecord;
import dev.kelpie.runs.SummaryFile;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lines and objects of a stranger's run folder: metrics, events, actors, summary, manifests.
 */
class MetricsFuzzTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final OpenJournals NONE_OPEN = new OpenJournals(Optional.empty());
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "\n",
          "\"",
          ",",
          ":",
          "null",
          "true",
          "NaN",
          "-",
          "1e999",
          "\\u0000",
          "\\ud800",
          "\u001b[2J",
          "\u202e",
          "{\"a\":",
          "[[",
          "\"step\":",
          "\"reward/mean\":",
          "\"time\":",
          "\"path\":\"../../x\"",
          "\"path\":\"/etc/passwd\"",
          "\"format\":2");
  private static final String METRICS =
      """
      {"format":1,"step":1,"time":"2026-01-02T03:04:05Z","reward/mean":0.5,"timing_s/step":1.25}
      {"format":1,"step":2,"time":"2026-01-02T03:04:06Z","reward/mean":0.75,"policy/loss":null}
      {"format":1,"step":2,"time":"2026-01-02T03:04:07Z","eval/reward/mean":1}
      """;
  private static final String EVENTS =
      """
      {"format":1,"time":"2026-01-02T03:04:05Z","level":"INFO","source":"run","text":"started"}
      {"format":1,"time":"2026-01-02T03:04:06Z","level":"WARNING","source":"learner","text":"slow"}
      """;
  private static final String ACTORS =
      """
      {"format":2,"actors":[{"name":"a","node":"n","role":"learner","activity":"training",
      "doing":"step 3","since":"2026-01-02T03:04:05Z","version":3,"numbers":{"x":1.5}}],
      "links":[{"from":"a","to":"b","messages":3,"bytes":70}],"ledger":{"issued":4,"in-flight":0},
      "timelines":{"a":[{"since":"2026-01-02T03:04:05Z","activity":"training","doing":"x",
      "version":1}]}}
      """;
  private static final String SUMMARY =
      """
      {"format":1,"status":"finished","steps":2,"seconds":3.5,"eval-before":{"eval/reward/mean":0.1},
      "ledger":{"clean":true,"issued":4,"violations":[]},"policy-sha256":"ab"}
      """;
  private static final String MANIFEST =
      """
      {"format":1,"step":3,"policy-sha256":"ab","files":[{"path":"metrics.jsonl","bytes":3,
      "sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}]}
      """;

  @Test
  void metricsAreReadOrReportedLineByLine(@TempDir Path root) throws Exception {
    RunFolder folder = new RunFolder(root);
    new Fuzz(List.of(bytes(METRICS)), WORDS)
        .run(
            input -> {
              Files.write(folder.metricsFile(), input);
              RecordedRun run = RecordedRun.open(folder);
              Map<Long, Map<String, Double>> expected = new TreeMap<>();
              long damaged = expect(input, expected);
              Map<Long, Map<String, Double>> found = new TreeMap<>();
              for (StepMetrics step : run.metrics(Long.MIN_VALUE)) {
                found.put(step.step(), step.values());
              }
              assertThat(found).isEqualTo(expected);
              boolean noted = run.notes().stream().anyMatch(note -> note.contains("damaged line"));
              assertThat(noted)
                  .as("a note about " + damaged + " damaged lines")
                  .isEqualTo(damaged > 0);
              run.notes().forEach(MetricsFuzzTest::requireClear);
              RunRecord.read(folder, NONE_OPEN).problems().forEach(MetricsFuzzTest::requireClear);
            });
  }

  @Test
  void eventsAreReadOrReported(@TempDir Path root) throws Exception {
    RunFolder folder = new RunFolder(root);
    new Fuzz(List.of(bytes(EVENTS)), WORDS)
        .run(
            input -> {
              Files.write(folder.runEventsFile(), input);
              RecordedRun run = RecordedRun.open(folder);
              assertThat(run.events()).doesNotContainNull();
              run.notes().forEach(MetricsFuzzTest::requireClear);
            });
  }

  @Test
  void objectsAreReadOrRefused(@TempDir Path root) throws Exception {
    RunFolder folder = new RunFolder(root);
    new Fuzz(List.of(bytes(ACTORS), bytes(SUMMARY), bytes(MANIFEST)), WORDS)
        .run(
            input -> {
              Files.write(folder.actorsFile(), input);
              Files.write(folder.summaryFile(), input);
              Files.write(folder.clusterFile(), input);
              Files.write(root.resolve(Manifest.NAME), input);
              refused(() -> ActorsFile.read(folder.actorsFile()));
              refused(() -> SummaryFile.read(folder.summaryFile()));
              refused(() -> ClusterFile.seed(folder));
              refused(() -> Manifest.in(root).ifPresent(MetricsFuzzTest::requireInside));
              RecordedRun run = RecordedRun.open(folder);
              assertThat(run.actors()).doesNotContainNull();
              assertThat(run.progress().phase()).isNotNull();
              run.notes().forEach(MetricsFuzzTest::requireClear);
            });
  }

  private interface Reading {
    void read() throws IOException;
  }

  private static void refused(Reading reading) throws IOException {
    try {
      reading.read();
    } catch (CorruptFileException e) {
      requireClear(String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      assertThat(e).hasMessageContaining("cluster.json");
      requireClear(String.valueOf(e.getMessage()));
    }
  }

  private static void requireInside(Manifest manifest) {
    for (Manifest.Entry entry : manifest.entries()) {
      Path file = manifest.folder().resolve(entry.path()).normalize();
      assertThat(file.startsWith(manifest.folder())).as(entry.path()).isTrue();
      manifest.check(entry).ifPresent(damage -> requireClear(damage.toString()));
    }
  }

  private static void requireClear(String line) {
    assertThat(line).hasSizeLessThan(2000); // escapes make it longer on a terminal
    assertThat(SafeText.line(line)).doesNotContainPattern("com\\.fasterxml|java\\.[a-z]+\\.");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What the lines hold, read without Kelpie; returns the number of damaged ones. */
  private static long expect(byte[] input, Map<Long, Map<String, Double>> steps) {
    long damaged = 0;
    for (String line : wholeLines(input)) {
      JsonNode json;
      try {
        json = JSON.readTree(line);
      } catch (JsonProcessingException e) {
        json = JSON.missingNode();
      }
      JsonNode step = json.path("step");
      if (!json.isObject() || !step.isIntegralNumber() || step.bigIntegerValue().bitLength() > 63) {
        damaged++;
        continue;
      }
      Map<String, Double> values = steps.computeIfAbsent(step.longValue(), key -> new TreeMap<>());
      for (Map.Entry<String, JsonNode> item : json.properties()) {
        if (item.getKey().contains("/")) {
          JsonNode value = item.getValue();
          values.put(item.getKey(), value.isNumber() ? value.doubleValue() : Double.NaN);
        }
      }
    }
    return damaged;
  }

  private static List<String> wholeLines(byte[] input) {
    List<String> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < input.length; i++) {
      if (input[i] == '\n') {
        lines.add(new String(input, from, i - from, StandardCharsets.UTF_8));
        from = i + 1;
      }
    }
    return lines;
  }
}
