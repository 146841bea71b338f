package dev.kelpie.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
 */
record Json(
    Optional<String> indent,
    String itemSeparator,
    String keySeparator,
    boolean sortKeys,
    boolean ascii) {
  /** With the arguments that transformers' {@code tojson} takes. */
  static String tojson(Object value, Arguments arguments) {
    Map<String, Object> options =
        arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
    Object indent = options.getOrDefault("indent", None.NONE);
    Optional<String> level =
        indent instanceof None
            ? Optional.empty()
            : Optional.of(
                indent instanceof String text
                    ? text
                    : " ".repeat(Python.integer(indent, "indent")));
    String item = level.isPresent() ? "," : ", ";
    String key = ": ";
    Object separators = options.getOrDefault("separators", None.NONE);
    if (!(separators instanceof None)) {
      List<Object> both = Python.items(separators);
      item = Python.str(both.get(0));
      key = Python.str(both.get(1));
    }
    boolean sort = Python.truth(options.getOrDefault("sort_keys", false));
    boolean ascii = Python.truth(options.getOrDefault("ensure_ascii", false));
    StringBuilder json = new StringBuilder();
    new Json(level, item, key, sort, ascii).write(value, 0, json);
    return json.toString();
  }

  private void write(Object value, int depth, StringBuilder json) {
    if (value instanceof String text) {
      quote(text, json);
    } else if (value instanceof None) {
      json.append("null");
    } else if (value instanceof Boolean flag) {
      json.append(flag ? "true" : "false");
    } else if (value instanceof Long || value instanceof BigInteger) {
      json.append(value);
    } else if (value instanceof Double number) {
      json.append(Python.repr(number.doubleValue()));
    } else if (value instanceof List || value instanceof Tuple) {
      List<Object> items = Python.items(value);
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
      entries.sort((a, b) -> Python.compare(a.getKey(), b.getKey()));
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
            throw TemplateException.of("tojson: key %s (expected: a string)", Python.str(key));
          }
          quote(text, json);
          json.append(keySeparator);
          write(entries.get(i).getValue(), depth + 1, json);
        });
  }

  private interface Item {
    void write(int index);
  }

  private void group(char open, char close, int size, int depth, StringBuilder json, Item item) {
    json.append(open);
    for (int i = 0; i < size; i++) {
      json.append(i > 0 ? itemSeparator : "");
      indent.ifPresent(level -> json.append('\n').append(level.repeat(depth + 1)));
      item.write(i);
    }
    if (size > 0) {
      indent.ifPresent(level -> json.append('\n').append(level.repeat(depth)));
    }
    json.append(close);
  }

  private void quote(String text, StringBuilder json) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7e)) {
            json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
