package dev.kelpie.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The last line of a run's journal: a run that ended by itself says there how. Only the file's end
 * is read.
 *
 * @param events folder of the journal's segments
 */
public record JournalEnd(Path events) {
  private static final int TAIL_BYTES = 16 << 10;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The status of the run's end; empty when its last process wrote none. */
  Optional<String> status() {
    List<Path> segments = segments(events);
    if (segments.isEmpty()) {
      return Optional.empty();
    }
    try {
      String tail = tail(segments.get(segments.size() - 1)).stripTrailing();
      JsonNode event = JSON.readTree(tail.substring(tail.lastIndexOf('\n') + 1)).path("event");
      return event.path("kind").asText().equals("ended")
          ? Optional.of(event.path("status").asText())
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty(); // torn by the kill
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether {@code file} is called like a segment. */
  static boolean isSegment(Path file) {
    return String.valueOf(file.getFileName()).matches("\\d{6,9}\\.jsonl");
  }

  /** The segments in order. */
  public static List<Path> segments(Path events) {
    if (!Files.isDirectory(events)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(events)) {
      return files
          .filter(JournalEnd::isSegment)
          .sorted(Comparator.comparing(file -> String.valueOf(file.getFileName())))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String tail(Path segment) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "r")) {
      long length = file.length();
      int count = (int) Math.min(TAIL_BYTES, length);
      byte[] bytes = new byte[count];
      file.seek(length - count);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
