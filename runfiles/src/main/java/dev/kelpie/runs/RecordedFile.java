package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** A JSON file of a run folder that appears late and is replaced as a whole. */
final class RecordedFile {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private @Nullable FileTime seen;
  private JsonNode content = MissingNode.getInstance();
  private String problem = "";
  private boolean there;

  RecordedFile(Path file) {
    this.file = file;
  }

  /** Reads it where it is new or another than before. */
  void look() {
    try {
      FileTime modified = Files.getLastModifiedTime(file);
      there = true;
      if (!modified.equals(seen)) {
        seen = modified;
        content = JSON.readTree(Files.readAllBytes(file));
        problem = content.isObject() ? "" : "holds no JSON object";
      }
    } catch (NoSuchFileException e) {
      there = false;
    } catch (IOException e) {
      content = MissingNode.getInstance();
      problem = "not readable as JSON and left out";
    }
  }

  /** What it holds; a missing node where there is nothing readable. */
  JsonNode content() {
    return content;
  }

  /** In words, empty when there is none. */
  String problem(String meaningOfNone) {
    return there ? problem : "missing; " + meaningOfNone;
  }
}
