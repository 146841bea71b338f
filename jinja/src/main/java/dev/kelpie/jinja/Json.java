package dev.kelpie.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Python's {@code json.dumps}.
 *
 * @param indent what one level is indented by; empty: everything on one line
 * @param itemSeparator between items
 * @param keySeparator between a key and its value
 * @param sortKeys keys in order
 * @param ascii other characters as escapes
 * @param budget limits of the rendering
 */
record Json(
    Optional<String> indent,
    String itemSeparator,
    String keySeparator,
    boolean sortKeys,
    boolean ascii,
    Budget budget) {
  private static final HexFormat HEX = HexFormat.of();

  /** With the arguments that transformers' {@code tojson} takes. */
  static String tojson(Object value, Arguments arguments) {
    Map<String, Object> options =
        arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
    Object indent = options.getOrDefault("indent", None.NONE);
    Optional<String> level =
        indent instanceof None
            ? Optional.empty()
            : Optional.of(
                indent instanceof String text ? text : Filters.blanks(indent, arguments.budget()));
    String item = level.isPresent() ? "," : ", ";
    String key = ": ";
    Object separators = options.getOrDefault("separators", None.NONE);
    if (!(separators instanceof None)) {
      List<Object> both = Python.items(separators, arguments.budget());
      if (both.size() != 2
          || !(both.get(0) instanceof String first)
          || !(both.get(1) instanceof String second)) {
        throw TemplateException.of("tojson: separators (expected: two strings)");
      }
      item = first;
      key = second;
    }
    boolean sort = Python.truth(options.getOrDefault("sort_keys", false));
    boolean ascii = Python.truth(options.getOrDefault("ensure_ascii", false));
    StringBuilder json = new StringBuilder();
    new Json(level, item, key, sort, ascii, arguments.budget()).write(value, 0, json);
    return json.toString();
  }

  private void write(Object value, int depth, StringBuilder json) {
    budget.step();
    if (value instanceof String text) {
      quote(text, json);
    } else if (value instanceof None) {
      json.append("null");
    } else if (value instanceof Boolean flag) {
      json.append(flag ? "true" : "false");
    } else if (value instanceof Long || value instanceof BigInteger) {
      json.append(budget.made(Repr.whole(value, budget)));
    } else if (value instanceof Double number) {
      json.append(budget.made(Repr.real(number, budget)));
    } else if (value instanceof List || value instanceof Tuple) {
      List<Object> items = Python.items(value, budget);
      group('[', ']', items.size(), depth, json, i -> write(items.get(i), depth + 1, json));
    } else if (value instanceof Map<?, ?> map) {
      writeMap(map, depth, json);
    } else {
      throw TemplateException.of("tojson: %s (expected: what JSON can say)", Python.type(value));
    }
  }

  private void writeMap(Map<?, ?> map, int depth, StringBuilder json) {
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sortKeys) {
      entries.sort((a, b) -> Python.compare(a.getKey(), b.getKey(), budget));
    }
    group(
        '{',
        '}',
        entries.size(),
        depth,
        json,
        i -> {
          Object key = entries.get(i).getKey();
          if (!(key instanceof String text)) {
            throw TemplateException.of("tojson: key of %s (expected: a string)", Python.type(key));
          }
          quote(text, json);
          add(keySeparator, json);
          write(entries.get(i).getValue(), depth + 1, json);
        });
  }

  private interface Item {
    void write(int index);
  }

  private void group(char open, char close, int size, int depth, StringBuilder json, Item item) {
    budget.enter(1);
    budget.text(2);
    json.append(open);
    for (int i = 0; i < size; i++) {
      add(i > 0 ? itemSeparator : "", json);
      newLine(depth + 1, json);
      item.write(i);
    }
    if (size > 0) {
      newLine(depth, json);
    }
    json.append(close);
    budget.leave(1);
  }

  private void newLine(int depth, StringBuilder json) {
    if (indent.isPresent()) {
      budget.text(1 + (long) indent.get().length() * depth);
      json.append('\n').append(indent.get().repeat(depth));
    }
  }

  private void add(String text, StringBuilder json) {
    budget.text(text.length());
    json.append(text);
  }

  private void quote(String text, StringBuilder json) {
    budget.text(text.length() + 2L);
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> add("\\\"", json);
        case '\\' -> add("\\\\", json);
        case '\n' -> add("\\n", json);
        case '\r' -> add("\\r", json);
        case '\t' -> add("\\t", json);
        case '\b' -> add("\\b", json);
        case '\f' -> add("\\f", json);
        default -> {
          if (c < 0x20 || (ascii && c > 0x7e)) {
            budget.steps(4);
            add("\\u" + HEX.toHexDigits(c), json);
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
