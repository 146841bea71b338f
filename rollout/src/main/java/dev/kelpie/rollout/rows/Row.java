package dev.kelpie.rollout.rows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
