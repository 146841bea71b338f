package dev.kelpie.cli.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.rollout.rows.Row;
import dev.kelpie.rollout.rows.RowColumns;
import dev.kelpie.rollout.rows.RowFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The first rows of a file with all columns that can be read.
 *
 * @param names the columns, in the order in which they appear
 * @param unreadable the columns that cannot be read, with the reason
 */
record RowSample(Set<String> names, Map<String, String> unreadable, List<Row> rows) {
  private static final int ROWS = 256;

  /** Ends a scan; nothing is wrong. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Enough() {
      super("enough rows", null, false, false);
    }
  }

  /**
   * Reads them.
   *
   * @throws ConfigException when there is no such file, it has no rows, or one of them is broken
   */
  static RowSample of(String key, Path file) {
    Set<String> names = new LinkedHashSet<>();
    Map<String, String> unreadable = new LinkedHashMap<>();
    try (RowFile rows = open(key, file, Set.of())) {
      rows.parquetColumns()
          .forEach(
              (name, problem) -> {
                if (problem.isEmpty()) {
                  names.add(name);
                } else {
                  unreadable.put(name, problem);
                }
              });
    }
    if (RowFile.formatOf(file) == RowFile.Format.JSONL) {
      first(key, file, Set.of()).forEach(row -> names.addAll(row.names()));
    }
    List<Row> rows = first(key, file, names);
    if (rows.isEmpty()) {
      throw new ConfigException(key + ": " + file + " has no rows (expected: at least one)");
    }
    return new RowSample(names, unreadable, rows);
  }

  private static List<Row> first(String key, Path file, Set<String> names) {
    List<Row> first = new ArrayList<>();
    try (RowFile rows = open(key, file, names)) {
      rows.scan(
          row -> row,
          (place, row) -> {
            first.add(row);
            if (first.size() == ROWS) {
              throw new Enough();
            }
          },
          false,
          ReadProgress.NONE);
    } catch (Enough e) {
      return first;
    }
    return first;
  }

  /** Opens a file for the columns {@code names}; of JSON lines for all others as text, too. */
  static RowFile open(String key, Path file, Set<String> names) {
    RowFile.Format format = RowFile.formatOf(file);
    MetadataColumns others =
        format == RowFile.Format.JSONL ? MetadataColumns.ALL : MetadataColumns.NONE;
    return RowFile.open(key, file, new RowColumns(names, others), format);
  }

  /** The form of the rows as far as it is known. */
  Optional<FormDetection> form() {
    List<ObjectNode> values = rows.stream().map(Row::used).toList();
    return FormDetection.of(values);
  }
}
