package dev.kelpie.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds what HOCON's own parser does not report in the text of one experiment file: keys that are
 * given twice in one object, and include statements with their lines. Lenient: text that is not
 * HOCON is left for the parser to refuse.
 *
 * <p>Not counted as given twice: {@code +=}, a value that refers to its own earlier one, and an
 * optional substitution {@code ${?x}} over a value: these replace a value on purpose.
 */
final class HoconScan {
  /** An include statement: the name in quotes, the words around it, the line it stands in. */
  record Include(String name, String form, int line) {}

  /** A key whose value would silently win over the one in {@code firstLine}. */
  record Duplicate(String key, int line, int firstLine) {}

  private final String text;
  private final List<Include> includes = new ArrayList<>();
  private final List<Duplicate> duplicates = new ArrayList<>();
  private int at;
  private int line = 1;

  private HoconScan(String text) {
    this.text = text;
  }

  static HoconScan of(String text) {
    HoconScan scan = new HoconScan(text.startsWith("\uFEFF") ? text.substring(1) : text);
    scan.skipBlank(true);
    if (scan.startsWith("{")) {
      scan.advance(1);
    }
    scan.object(new Scope(new LinkedHashMap<>(), ""));
    return scan;
  }

  /** In the order of the file. */
  List<Include> includes() {
    return List.copyOf(includes);
  }

  /** In the order of the file. */
  List<Duplicate> duplicates() {
    return List.copyOf(duplicates);
  }

  /** Lines of the values of one root object or array element, and the path reached within it. */
  private record Scope(Map<String, Integer> lines, String path) {
    Scope below(String key) {
      return new Scope(lines, RecordBinder.join(path, key));
    }

    /** The line of a value that {@code path} replaces, is replaced by, or lies within. */
    Optional<Integer> conflicting(String key) {
      return lines.entrySet().stream()
          .filter(
              known ->
                  known.getKey().equals(key)
                      || known.getKey().startsWith(key + ".")
                      || key.startsWith(known.getKey() + "."))
          .map(Map.Entry::getValue)
          .findFirst();
    }
  }

  private void object(Scope scope) {
    while (true) {
      skipBlank(true);
      if (at >= text.length()) {
        return;
      } else if (startsWith("}")) {
        advance(1);
        return;
      } else if (startsWith(",")) {
        advance(1);
      } else if (!include()) {
        field(scope);
      }
    }
  }

  private boolean include() {
    if (!startsWith("include") || at + 7 >= text.length() || isKeyPart(text.charAt(at + 7))) {
      return false;
    }
    int open = text.indexOf('"', at);
    int close = open < 0 ? -1 : text.indexOf('"', open + 1);
    int end = text.indexOf('\n', at);
    if (close < 0 || (end >= 0 && end < close)) {
      return false;
    }
    String form = text.substring(at + 7, open).replaceAll("\\s", "");
    if (form.startsWith("=") || form.startsWith(":") || form.startsWith("{")) {
      return false;
    }
    includes.add(new Include(text.substring(open + 1, close), form, line));
    advance(close + 1 - at);
    skipBlank(false);
    while (startsWith(")")) {
      advance(1);
    }
    return true;
  }

  private void field(Scope scope) {
    int start = line;
    String key = key();
    boolean append = startsWith("+=");
    if (append) {
      advance(2);
    } else if (startsWith("=") || startsWith(":")) {
      advance(1);
    } else if (!startsWith("{")) {
      advance(1);
      return;
    }
    Scope inside = scope.below(key);
    skipBlank(true);
    int from = at;
    boolean hasObject = value(inside);
    String written = text.substring(from, at);
    boolean meant =
        append || written.startsWith("${?") || written.contains("${" + inside.path() + "}");
    if (!hasObject && !meant) {
      scope
          .conflicting(inside.path())
          .ifPresent(first -> duplicates.add(new Duplicate(inside.path(), start, first)));
      scope.lines().putIfAbsent(inside.path(), start);
    }
  }

  private String key() {
    StringBuilder key = new StringBuilder();
    while (at < text.length() && !startsWith("+=") && "={}:,\n".indexOf(text.charAt(at)) < 0) {
      if (startsWith("\"")) {
        int from = at;
        string();
        key.append(text, from + 1, Math.max(from + 1, at - 1));
      } else {
        key.append(text.charAt(at));
        advance(1);
      }
    }
    return key.toString().strip();
  }

  /** Moves past a value; true if an object is part of it. */
  private boolean value(Scope inside) {
    boolean hasObject = false;
    while (true) {
      skipBlank(false);
      if (at >= text.length() || "\n,}]".indexOf(text.charAt(at)) >= 0) {
        return hasObject;
      } else if (startsWith("{")) {
        advance(1);
        object(inside);
        hasObject = true;
      } else if (startsWith("[")) {
        advance(1);
        array();
      } else if (startsWith("\"")) {
        string();
      } else if (startsWith("${")) {
        int close = text.indexOf('}', at);
        advance((close < 0 ? text.length() : close + 1) - at);
      } else {
        advance(1);
      }
    }
  }

  private void array() {
    while (true) {
      skipBlank(true);
      if (at >= text.length()) {
        return;
      } else if (startsWith("]")) {
        advance(1);
        return;
      } else if (startsWith(",") || startsWith("}")) {
        advance(1);
      } else {
        value(new Scope(new LinkedHashMap<>(), ""));
      }
    }
  }

  private void string() {
    if (startsWith("\"\"\"")) {
      int close = text.indexOf("\"\"\"", at + 3);
      int end = close < 0 ? text.length() : close + 3;
      while (close >= 0 && end < text.length() && text.charAt(end) == '"') {
        end++;
      }
      advance(end - at);
      return;
    }
    advance(1);
    while (at < text.length() && !startsWith("\"") && !startsWith("\n")) {
      advance(startsWith("\\") ? 2 : 1);
    }
    if (startsWith("\"")) {
      advance(1);
    }
  }

  private void skipBlank(boolean newlinesToo) {
    while (at < text.length()) {
      char next = text.charAt(at);
      if (next == '#' || startsWith("//")) {
        int end = text.indexOf('\n', at);
        advance((end < 0 ? text.length() : end) - at);
      } else if (next == '\n' ? newlinesToo : next <= ' ' || next == '\u00a0') {
        advance(1);
      } else {
        return;
      }
    }
  }

  private static boolean isKeyPart(char c) {
    return Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.';
  }

  private boolean startsWith(String expected) {
    return text.startsWith(expected, at);
  }

  private void advance(int count) {
    int end = Math.min(text.length(), at + count);
    for (; at < end; at++) {
      if (text.charAt(at) == '\n') {
        line++;
      }
    }
  }
}
