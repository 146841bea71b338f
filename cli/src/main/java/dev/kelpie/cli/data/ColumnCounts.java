package dev.kelpie.cli.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.rollout.rows.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Counts the values of each column by their kind. */
final class ColumnCounts {
  /** The kind of a value. */
  enum Kind {
    TEXT,
    NUMBER,
    BOOLEAN,
    MESSAGES,
    LIST,
    OBJECT,
    NULL,
    /** Of a column that the first rows do not have; text or JSON. */
    LATE;

    static Kind of(JsonNode value) {
      if (value.isTextual()) {
        return TEXT;
      } else if (value.isNumber()) {
        return NUMBER;
      } else if (value.isBoolean()) {
        return BOOLEAN;
      } else if (value.isObject()) {
        return OBJECT;
      } else if (value.isArray()) {
        return !value.isEmpty() && value.get(0).has("role") ? MESSAGES : LIST;
      }
      return NULL;
    }

    String words() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A value of a row. */
  record Value(String column, Kind kind) {}

  private final Map<String, Map<Kind, Long>> counts = new LinkedHashMap<>();

  ColumnCounts(Iterable<String> names) {
    names.forEach(name -> counts.put(name, new EnumMap<>(Kind.class)));
  }

  /** The values of a row. */
  static List<Value> values(Row row) {
    List<Value> values = new ArrayList<>();
    row.used()
        .properties()
        .forEach(entry -> values.add(new Value(entry.getKey(), Kind.of(entry.getValue()))));
    row.metadata().keySet().forEach(name -> values.add(new Value(name, Kind.LATE)));
    return values;
  }

  void add(List<Value> values) {
    for (Value value : values) {
      counts
          .computeIfAbsent(value.column(), name -> new EnumMap<>(Kind.class))
          .merge(value.kind(), 1L, Long::sum);
    }
  }

  /** Rows by kind of value and column, in the order in which the columns appear. */
  Map<String, Map<Kind, Long>> all() {
    return Collections.unmodifiableMap(counts);
  }
}
