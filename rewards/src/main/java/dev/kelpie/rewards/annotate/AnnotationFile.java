package dev.kelpie.rewards.annotate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.files.InputFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Record of a reward model that is trained on judgements in the loop, one line for each step: which
 * judgements joined it, the version of the model and its scores, and which texts it offered. A step
 * that a resumed run makes once more and in another way replaces its line and those after it.
 */
final class AnnotationFile implements AutoCloseable {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path path;
  private final FileChannel file;
  private final TreeMap<Long, Line> lines = new TreeMap<>();
  private final TreeMap<Long, Long> places = new TreeMap<>();

  /**
   * The line of a step.
   *
   * @param version of the model that made the scores
   * @param responses SHA-256 of the texts of the step's responses, in order
   * @param scores by the sample's id
   * @param joined values of judgements by the keys of their texts
   * @param offered texts by their keys
   */
  record Line(
      long step,
      long version,
      String responses,
      Map<String, Double> scores,
      Map<String, Double> joined,
      Map<String, OfferedText> offered) {
    Line {
      scores = new LinkedHashMap<>(scores);
      joined = new LinkedHashMap<>(joined);
      offered = new LinkedHashMap<>(offered);
    }
  }

  private AnnotationFile(Path path, FileChannel file) {
    this.path = path;
    this.file = file;
  }

  /**
   * Opens {@code path}, whose torn last line, if any, is cut off.
   *
   * @throws IllegalStateException for a file that is none of these
   */
  static AnnotationFile open(Path path) {
    try {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        InputFile.requireRegular(path);
      }
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      AnnotationFile opened = new AnnotationFile(path, channel);
      opened.read();
      return opened;
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": " + e.getMessage(), e);
    }
  }

  private void read() throws IOException {
    long from = 0;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(InputFile.open(path), StandardCharsets.UTF_8), 1 << 16)) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        long end = from + text.getBytes(StandardCharsets.UTF_8).length + 1;
        if (end > file.size()) {
          break; // torn: it has no end
        }
        Line line = line(text);
        lines.put(line.step(), line);
        places.put(line.step(), from);
        from = end;
      }
    }
    file.truncate(from);
  }

  private Line line(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      if (json.path("format").asInt() != FORMAT || json.path("step").asLong() < 1) {
        throw new IllegalStateException(path + ": a line of another format (expected: format 1)");
      }
      Map<String, OfferedText> offered = new LinkedHashMap<>();
      json.path("offered")
          .properties()
          .forEach(e -> offered.put(e.getKey(), OfferedText.read(e.getValue())));
      return new Line(
          json.path("step").asLong(),
          json.path("version").asLong(),
          json.path("responses").asText(),
          numbers(json.path("scores")),
          numbers(json.path("joined")),
          offered);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(path + ": a damaged line (expected: one object)", e);
    }
  }

  private static Map<String, Double> numbers(JsonNode json) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    json.properties().forEach(e -> numbers.put(e.getKey(), e.getValue().asDouble()));
    return numbers;
  }

  /** The lines of earlier processes and of this one, by step. */
  NavigableMap<Long, Line> lines() {
    return lines;
  }

  /** Writes a line; those of its step and after it go. */
  void put(Line line) {
    try {
      Long after = places.ceilingKey(line.step());
      if (after != null) {
        file.truncate(Objects.requireNonNull(places.get(after)));
        places.tailMap(after, true).clear();
        lines.tailMap(after, true).clear();
      }
      long from = file.size();
      ByteBuffer bytes = ByteBuffer.wrap((text(line) + "\n").getBytes(StandardCharsets.UTF_8));
      file.position(from);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(false);
      lines.put(line.step(), line);
      places.put(line.step(), from);
    } catch (IOException e) {
      throw new UncheckedIOException(
          path + " cannot be written: " + e.getMessage() + " (expected: room on the disk)", e);
    }
  }

  private static String text(Line line) throws JsonProcessingException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT).put("step", line.step()).put("version", line.version());
    json.put("responses", line.responses());
    ObjectNode scores = json.putObject("scores");
    line.scores().forEach(scores::put);
    ObjectNode joined = json.putObject("joined");
    line.joined().forEach(joined::put);
    ObjectNode offered = json.putObject("offered");
    line.offered().forEach((key, text) -> text.write(offered.putObject(key)));
    return JSON.writeValueAsString(json);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      // every line was forced to the disk
    }
  }
}
