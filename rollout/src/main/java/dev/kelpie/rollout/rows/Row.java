package dev.kelpie.rollout.rows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A row of a data file: the columns that were asked for. */
public final class Row {
  private final Path file;
  private final int line;
  private final ObjectNode used;
  private final Map<String, String> metadata;
  private final Supplier<List<String>> names;

  Row(
      Path file,
      int line,
      ObjectNode used,
      Map<String, String> metadata,
      Supplier<List<String>> names) {
    this.file = file;
    this.line = line;
    this.used = used;
    this.metadata = metadata;
    this.names = names;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** The line in it, from 1. */
  public int line() {
    return line;
  }

  /** File and line. */
  public String place() {
    return file + ":" + line;
  }

  /** Those of the {@linkplain RowColumns#used used} columns that the row has. */
  public ObjectNode used() {
    return used;
  }

  /**
   * The value of a used column; of a name that is no column but has dots, such as {@code
   * reward_model.ground_truth}, the value within the objects that the column before the first dot
   * holds.
   */
  public Optional<JsonNode> value(String name) {
    JsonNode value = used.get(name);
    if (value != null || name.indexOf('.') <= 0) {
      return Optional.ofNullable(value);
    }
    JsonNode inner = used;
    for (String part : name.split("\\.", -1)) {
      inner = inner.path(part);
    }
    return inner.isMissingNode() ? Optional.empty() : Optional.of(inner);
  }

  /**
   * The names that {@code name} may be: those of all columns, or where it has dots and its column
   * holds an object, those within it.
   */
  public List<String> namesFor(String name) {
    if (name.indexOf('.') <= 0) {
      return names();
    }
    JsonNode inner = used.path(head(name));
    return !inner.isObject()
        ? names()
        : inner.properties().stream().map(entry -> head(name) + "." + entry.getKey()).toList();
  }

  /** The part of a name before its first dot. */
  static String head(String name) {
    return name.substring(0, name.indexOf('.'));
  }

  /** The same row with other used columns. */
  public Row withUsed(ObjectNode others) {
    return new Row(file, line, others, metadata, names);
  }

  /** The columns that are kept as metadata: strings as they are, other values as JSON. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The names of all columns, for messages. */
  public List<String> names() {
    return names.get();
  }
}
