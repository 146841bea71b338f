package dev.kelpie.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/** JSON objects in files; a number that does not exist is null in them. */
final class JsonFile {
  /** Text behind the value is an error, so that two objects in one line are not read as one. */
  static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final int MOST_BYTES = 16 << 20;

  private JsonFile() {}

  /**
   * Reads the object.
   *
   * @throws CorruptFileException with one line that begins with the file's name
   */
  static ObjectNode read(Path file) throws IOException {
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
    String text = new String(RunInput.bytes(folder, file, MOST_BYTES), StandardCharsets.UTF_8);
    try {
      return parse(text, "one object");
    } catch (IOException e) {
      throw new CorruptFileException(
          file.getFileName() + ": not readable as JSON (expected: " + e.getMessage() + ")", e);
    }
  }

  /**
   * The object that {@code text} is.
   *
   * @throws IOException with {@code expected} when it is none
   */
  static ObjectNode parse(String text, String expected) throws IOException {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new IOException(expected, e);
    }
    throw new IOException(expected);
  }

  static void put(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }

  /** The number of {@code node}, or NaN. */
  static double number(JsonNode node) {
    return node.isNumber() ? node.doubleValue() : Double.NaN;
  }
}
