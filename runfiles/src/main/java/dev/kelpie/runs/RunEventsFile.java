package dev.kelpie.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunView.RunEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * {@code run-events.jsonl}: the events of a run that were reported to people, one object a line.
 */
public final class RunEventsFile implements AutoCloseable {
  private static final int FORMAT = 1;

  private final AppendedLines lines;

  private RunEventsFile(AppendedLines lines) {
    this.lines = lines;
  }

  /**
   * Continues the file.
   *
   * @param kept takes every event that is in it
   * @throws UncheckedIOException when the file cannot be read or written
   */
  public static RunEventsFile open(Path file, Consumer<RunEvent> kept) {
    return new RunEventsFile(
        AppendedLines.open(
            file,
            RunEventsFile::read,
            event -> {
              kept.accept(event);
              return true;
            }));
  }

  /**
   * Reads all events, oldest first.
   *
   * @param damaged takes one line for each damaged one: file, number, expectation
   * @throws UncheckedIOException when the file cannot be read
   */
  public static void read(Path file, Consumer<RunEvent> events, Consumer<String> damaged) {
    try {
      RecordedLines.readAll(
          file, RunEventsFile::read, (event, line) -> events.accept(event), damaged);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The event of a line. */
  static RunEvent read(String line) throws IOException {
    String expected = "an object with time, level, source and text";
    ObjectNode json = JsonFile.parse(line, expected);
    try {
      return new RunEvent(
          Instant.parse(json.path("time").asText()),
          RunEvent.Level.valueOf(json.path("level").asText().toUpperCase(Locale.ROOT)),
          json.path("source").asText(),
          json.path("text").asText());
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IOException(expected, e);
    }
  }

  /** Appends a line. */
  public void write(RunEvent event) {
    lines.append(
        JsonFile.JSON
            .createObjectNode()
            .put("format", FORMAT)
            .put("time", event.time().toString())
            .put("level", event.level().name())
            .put("source", event.source())
            .put("text", event.text())
            .toString());
  }

  @Override
  public void close() {
    lines.close();
  }
}
