package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.RunView.RunEvent;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** {@code run-events.jsonl}: what people were told of a run, one JSON object per line. */
public final class RunEventsFile implements AutoCloseable {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedWriter out;

  private RunEventsFile(BufferedWriter out) {
    this.out = out;
  }

  /**
   * Goes on with the file. A line that a killed process has left torn is dropped.
   *
   * @param kept told of everything that was there
   */
  public static RunEventsFile open(Path file, Consumer<RunEvent> kept) {
    try {
      if (Files.exists(file)) {
        dropTornLines(file, kept);
      }
      return new RunEventsFile(
          Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
    }
  }

  private static void dropTornLines(Path file, Consumer<RunEvent> kept) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      try {
        kept.accept(parse(line));
        lines.add(line);
      } catch (IOException | DateTimeException | IllegalArgumentException e) {
        // torn
      }
    }
    Path draft = file.resolveSibling("." + file.getFileName());
    Files.write(draft, lines);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static RunEvent parse(String line) throws IOException {
    JsonNode node = JSON.readTree(line);
    return new RunEvent(
        Instant.parse(node.path("time").asText()),
        RunEvent.Level.valueOf(node.path("level").asText()),
        node.path("source").asText(),
        node.path("text").asText());
  }

  /** Appends a line. */
  public void write(RunEvent event) {
    String line =
        JSON.createObjectNode()
            .put("format", FORMAT)
            .put("time", event.time().toString())
            .put("level", event.level().name())
            .put("source", event.source())
            .put("text", event.text())
            .toString();
    try {
      out.write(line);
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write run events: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close run events: " + e.getMessage(), e);
    }
  }
}
