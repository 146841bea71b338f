package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * {@code metrics.jsonl}: one JSON object per step, and one more for a step whose weights were
 * measured. A number that does not exist is null.
 */
public final class MetricsFile implements AutoCloseable {
  private static final int FORMAT = 1;

  private final AppendedLines lines;

  private MetricsFile(AppendedLines lines) {
    this.lines = lines;
  }

  /**
   * Continues the file after {@code lastStep}; lines of later steps are dropped from it.
   *
   * @param kept takes the numbers of every line that stays
   * @throws UncheckedIOException when the file cannot be read or written
   */
  public static MetricsFile open(Path file, long lastStep, Consumer<StepMetrics> kept) {
    return new MetricsFile(
        AppendedLines.open(
            file,
            MetricsFile::read,
            metrics -> {
              boolean stays = metrics.step() >= 0 && metrics.step() <= lastStep;
              if (stays) {
                kept.accept(metrics);
              }
              return stays;
            }));
  }

  /**
   * Reads all lines of a run's file, if there is one.
   *
   * @param damaged takes one line for each damaged one: file, number, expectation
   */
  public static void readAll(RunFolder folder, Consumer<StepMetrics> each, Consumer<String> damaged)
      throws IOException {
    RecordedLines.readAll(
        folder.metricsFile(), MetricsFile::read, (metrics, line) -> each.accept(metrics), damaged);
  }

  /** The numbers of a line; their names have a slash. */
  static StepMetrics read(String line) throws IOException {
    String expected = "an object with a step";
    ObjectNode json = JsonFile.parse(line, expected);
    if (!json.path("step").isIntegralNumber() || !json.path("step").canConvertToLong()) {
      throw new IOException(expected);
    }
    Map<String, Double> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> item : json.properties()) {
      if (item.getKey().indexOf('/') >= 0) {
        values.put(item.getKey(), JsonFile.number(item.getValue()));
      }
    }
    return new StepMetrics(json.path("step").asLong(), values);
  }

  /** Appends a line. */
  public void write(StepMetrics metrics) {
    ObjectNode line =
        JsonFile.JSON
            .createObjectNode()
            .put("format", FORMAT)
            .put("step", metrics.step())
            .put("time", Instant.now().toString());
    metrics.values().forEach((name, value) -> JsonFile.put(line, name, value));
    lines.append(line.toString());
  }

  @Override
  public void close() {
    lines.close();
  }
}
