package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.terminal.Cells;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.terminal.TextTable;
import dev.kelpie.runs.Sizes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Facts as text for people: a line per fact, objects indented below their name, lists of like
 * objects as tables. Lines are cut to {@code columns}, but for hashes and shorter values.
 */
record FactText(int columns) {
  private static final String INDENT = "  ";
  private static final int NEVER_CUT = 64; // the length of a hash

  /** The lines of {@code facts}. */
  List<String> lines(ObjectNode facts) {
    List<String> lines = new ArrayList<>();
    add(facts, "", lines);
    return lines;
  }

  private void add(ObjectNode facts, String indent, List<String> lines) {
    int width = 0;
    for (Map.Entry<String, JsonNode> fact : facts.properties()) {
      if (!isBlock(fact.getValue())) {
        width = Math.max(width, Cells.width(fact.getKey()));
      }
    }
    for (Map.Entry<String, JsonNode> fact : facts.properties()) {
      JsonNode value = fact.getValue();
      if (isBlock(value)) {
        lines.add(indent + SafeText.line(fact.getKey()));
        addBlock(value, indent + INDENT, lines);
      } else {
        String text = scalar(fact.getKey(), value);
        String line = indent + Cells.padded(SafeText.line(fact.getKey()), width) + INDENT + text;
        lines.add(text.length() <= NEVER_CUT ? line : Cells.cut(line, columns));
      }
    }
  }

  private static boolean isBlock(JsonNode value) {
    boolean table = value.isArray() && !value.isEmpty() && value.get(0).isObject();
    return table || (value.isObject() && !value.isEmpty());
  }

  private void addBlock(JsonNode value, String indent, List<String> lines) {
    if (value instanceof ObjectNode object) {
      add(object, indent, lines);
      return;
    }
    Set<String> titles = new LinkedHashSet<>();
    value.forEach(item -> item.fieldNames().forEachRemaining(titles::add));
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode item : value) {
      rows.add(titles.stream().map(title -> scalar(title, item.path(title))).toList());
    }
    new TextTable(List.copyOf(titles), rows)
        .lines()
        .forEach(line -> lines.add(Cells.cut(indent + line, columns)));
  }

  private static String scalar(String name, JsonNode value) {
    if (value.isMissingNode()) {
      return "";
    } else if (value.isNull()) {
      return "-";
    } else if (name.equals("bytes") && value.isIntegralNumber()) {
      return Sizes.words(value.asLong());
    } else if (value.isTextual()) {
      return SafeText.line(value.asText());
    } else if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(scalar("", item)));
      return "[" + String.join(", ", items) + "]";
    }
    return SafeText.line(value.toString());
  }
}
