package dev.kelpie.model.architecture;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads the JSON files of a checkpoint within bounds of size and nesting. Only regular files of the
 * checkpoint's folder are opened.
 */
public final class JsonFile {
  /** Bound of files that hold settings. */
  public static final int SETTINGS_BYTES = 16 << 20;

  /** Objects and lists inside each other. */
  public static final int MOST_NESTING = 64;

  private static final int MOST_DIGITS = 1000;

  /**
   * Bytes that a file may have for each name, value and bracket: in memory these take far more than
   * the two bytes that they may take in the file. A tokenizer of 262,144 pieces has 2.7 million.
   */
  private static final int BYTES_OF_A_VALUE = 16;

  private JsonFile() {}

  /**
   * Reads the object in {@code file}.
   *
   * @param mostBytes bound of its size
   * @throws CheckpointException if it is missing, passes a bound or is not a JSON object
   */
  public static ObjectNode read(Path file, int mostBytes) {
    Path name = file.getFileName();
    if (!Files.exists(file)) {
      throw new CheckpointException(
          name + ": missing (expected: a checkpoint folder that has it), " + file);
    }
    try {
      JsonNode tree = mapper(mostBytes / BYTES_OF_A_VALUE).readTree(text(file, mostBytes));
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new CheckpointException(name + ": not a JSON object, " + file);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(name + ": " + problem(e) + place(file, e), e);
    }
  }

  private static ObjectMapper mapper(long mostValues) {
    StreamReadConstraints bounds =
        StreamReadConstraints.builder()
            .maxNestingDepth(MOST_NESTING)
            .maxNumberLength(MOST_DIGITS)
            .maxTokenCount(mostValues)
            .build();
    return new ObjectMapper(JsonFactory.builder().streamReadConstraints(bounds).build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /**
   * Reads a text file of a checkpoint.
   *
   * @throws CheckpointException if it is no regular file of its folder, larger than {@code
   *     mostBytes}, or not UTF-8
   */
  public static String text(Path file, int mostBytes) {
    try {
      requireInside(file);
      return InputFile.readText(file, mostBytes);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "cannot be read" : e.getReason();
      throw new CheckpointException(file.getFileName() + ": " + reason + ", " + file, e);
    } catch (IOException e) {
      throw new CheckpointException(file.getFileName() + ": " + e.getMessage() + ", " + file, e);
    }
  }

  /** Checks that {@code file} is a regular file of the folder that it is named in. */
  public static void requireInside(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    InputFile.requireInside(folder == null ? file.toAbsolutePath() : folder, file);
  }

  /** What is wrong with JSON text, in words for people. */
  public static String problem(JsonProcessingException e) {
    if (e instanceof JsonEOFException) {
      return "cut short (expected: a whole JSON object)";
    }
    if (e instanceof StreamConstraintsException) {
      if (e.getOriginalMessage().startsWith("Token count")) {
        return "too many names, values and brackets (expected: fewer)";
      }
      return "nested too deeply, or a number or text that is too long (expected: at most "
          + MOST_NESTING
          + " levels and "
          + MOST_DIGITS
          + " digits)";
    }
    return e instanceof JsonParseException
        ? "no JSON at this place (expected: a JSON object)"
        : "something after the object (expected: one JSON object)";
  }

  /** {@code , file:line:column}; a file that is cut short is wrong at its end, so it has none. */
  private static String place(Path file, JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return e instanceof JsonEOFException || at == null
        ? ", " + file
        : ", " + file + ":" + at.getLineNr() + ":" + at.getColumnNr();
  }
}
