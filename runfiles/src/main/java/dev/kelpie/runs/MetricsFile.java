package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * {@code metrics.jsonl}: one JSON object per step, and one more for a step whose weights were
 * measured. A number that does not exist is null.
 */
public final class MetricsFile implements AutoCloseable {
  private static final int FORMAT = 1;

  /** Seconds from the run's start to the commit of a step. */
  private static final String WALL = "run/wall_s";

  private final AppendedLines lines;
  private final Optional<Instant> start;

  private MetricsFile(AppendedLines lines, Optional<Instant> start) {
    this.lines = lines;
    this.start = start;
  }

  /** A line; where it has the seconds since the run's start, the moment of that. */
  private record Line(StepMetrics metrics, Optional<Instant> start) {
    static Line read(String line) throws IOException {
      StepMetrics metrics = MetricsFile.read(line);
      double wall = metrics.get(WALL);
      if (!(wall >= 0 && wall < 1e9)) {
        return new Line(metrics, Optional.empty());
      }
      String time = JsonFile.parse(line, "an object").path("time").asText();
      try {
        Instant start = Instant.parse(time).minusMillis(Math.round(wall * 1000));
        return new Line(metrics, Optional.of(start));
      } catch (DateTimeException e) {
        return new Line(metrics, Optional.empty());
      }
    }
  }

  /**
   * Continues the file after {@code lastStep}; lines of later steps are dropped from it.
   *
   * @param kept takes the numbers of every line that stays
   * @throws UncheckedIOException when the file cannot be read or written
   */
  public static MetricsFile open(Path file, long lastStep, Consumer<StepMetrics> kept) {
    List<Instant> starts = new ArrayList<>();
    AppendedLines lines =
        AppendedLines.open(
            file,
            Line::read,
            line -> {
              line.start().filter(first -> starts.isEmpty()).ifPresent(starts::add);
              long step = line.metrics().step();
              boolean stays = step >= 0 && step <= lastStep;
              if (stays) {
                kept.accept(line.metrics());
              }
              return stays;
            });
    return new MetricsFile(lines, starts.stream().findFirst());
  }

  /**
   * Seconds since the start of a run that an earlier process has begun and whose lines say when;
   * else 0.
   */
  public double secondsSinceStart() {
    return start.map(from -> Duration.between(from, Instant.now()).toNanos() / 1e9).orElse(0.0);
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
