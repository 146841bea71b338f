package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigException;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Facts in order, and problems; a part that cannot be read does not keep others from being shown.
 */
final class Inspection {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final ObjectNode facts = JSON.createObjectNode();
  private final List<String> problems = new ArrayList<>();

  /** Starts the inspection of {@code target}; its {@code kind} is shown to people. */
  Inspection(Path target, String kind) {
    facts.put("path", target.toString()).put("kind", kind);
  }

  /** The facts so far, to add to. */
  ObjectNode facts() {
    return facts;
  }

  /** The problems, one line each that names the file. */
  List<String> problems() {
    return problems;
  }

  /** Adds a problem. */
  void problem(String line) {
    String one = SafeText.line(line);
    if (!problems.contains(one)) {
      problems.add(one);
    }
  }

  /** A part of an inspection. */
  interface Part {
    void run() throws IOException;
  }

  /** Runs a part of the inspection; an exception is a problem. True when there was none. */
  boolean attempt(Part part) {
    try {
      part.run();
      return true;
    } catch (CheckpointException | ConfigException | CorruptFileException e) {
      problem(String.valueOf(e.getMessage()));
    } catch (FileSystemException e) {
      problem(e.getReason() == null ? e.toString() : e.getFile() + ": " + e.getReason());
    } catch (IOException e) {
      problem(facts.path("path").asText() + ": " + e);
    } catch (UncheckedIOException e) {
      problem(facts.path("path").asText() + ": " + e.getMessage());
    }
    return false;
  }
}
