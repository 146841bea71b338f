package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigException;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was found when something was looked into: facts in order, and what is wrong. A part that
 * cannot be read is a problem and does not keep the others from being told.
 */
final class Inspection {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final ObjectNode facts = JSON.createObjectNode();
  private final List<String> problems = new ArrayList<>();

  /** Of {@code target}, which is a {@code kind}: run, checkpoint, arrow, safetensors. */
  Inspection(Path target, String kind) {
    facts.put("path", target.toString()).put("kind", kind);
  }

  /** The facts so far, to add to. */
  ObjectNode facts() {
    return facts;
  }

  /** What is wrong, one line each that names the file. */
  List<String> problems() {
    return problems;
  }

  /** Notes something wrong. */
  void problem(String line) {
    String one = SafeText.line(line);
    if (!problems.contains(one)) {
      problems.add(one);
    }
  }

  /** Does a part of the work; what stops it is a problem. True when nothing did. */
  boolean attempt(Runnable part) {
    try {
      part.run();
      return true;
    } catch (CheckpointException | ConfigException | CorruptFileException e) {
      problem(String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      problem(facts.path("path").asText() + ": " + e.getMessage());
    }
    return false;
  }
}
