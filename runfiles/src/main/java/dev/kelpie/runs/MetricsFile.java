package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.StepMetrics;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * {@code metrics.jsonl}: one JSON object per step, and one more for a step whose weights were
 * measured. A number that does not exist is null.
 */
public final class MetricsFile implements AutoCloseable {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedWriter out;

  private MetricsFile(BufferedWriter out) {
    this.out = out;
  }

  /**
   * Goes on with the file, in which nothing of a step after {@code lastStep} is left.
   *
   * @param kept told of everything that was there and stays
   */
  public static MetricsFile open(Path file, long lastStep, Consumer<StepMetrics> kept) {
    try {
      List<String> lines = new ArrayList<>();
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          StepMetrics metrics = parse(line);
          if (metrics.step() >= 0 && metrics.step() <= lastStep) {
            lines.add(line);
            kept.accept(metrics);
          }
        }
      }
      Path draft = file.resolveSibling("." + file.getFileName());
      Files.write(draft, lines);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return new MetricsFile(Files.newBufferedWriter(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
    }
  }

  /** The numbers of a line; step -1 when the line is torn. */
  private static StepMetrics parse(String line) {
    try {
      Map<String, Double> values = new LinkedHashMap<>();
      JsonNode node = JSON.readTree(line);
      node.properties()
          .forEach(
              item -> {
                if (item.getKey().indexOf('/') >= 0) {
                  values.put(
                      item.getKey(),
                      item.getValue().isNull() ? Double.NaN : item.getValue().asDouble());
                }
              });
      return new StepMetrics(node.path("step").asLong(-1), values);
    } catch (IOException e) {
      return new StepMetrics(-1, Map.of());
    }
  }

  /** Appends a line. */
  public void write(StepMetrics metrics) {
    ObjectNode line =
        JSON.createObjectNode()
            .put("format", FORMAT)
            .put("step", metrics.step())
            .put("time", Instant.now().toString());
    metrics
        .values()
        .forEach(
            (name, value) -> {
              if (Double.isFinite(value)) {
                line.put(name, value);
              } else {
                line.putNull(name);
              }
            });
    try {
      out.write(line.toString());
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write metrics: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close metrics: " + e.getMessage(), e);
    }
  }
}
