package dev.kelpie.config.hocon;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds what HOCON's own parser does not report in the text of one experiment file: keys that are
 * given twice in one object, include statements with their lines, and what the values refer to.
 * Lenient: text that is not HOCON is left for the parser to refuse. Strict where the parser has no
 * bound: depth of nesting, number and length of keys and of references.
 *
 * <p>Not counted as given twice: {@code +=}, a value that refers to its own earlier one, and an
 * optional substitution {@code ${?x}} over a value: these replace a value on purpose.
 */
public final class HoconScan {
  private static final int MOST_DEPTH = 100;
  private static final int MOST_KEYS = 10_000;
  private static final int MOST_REFERENCES = 1000;
  private static final int LONGEST_KEY = 1000;

  /**
   * An include statement: the name in quotes, the words around it, the key whose object it is in,
   * the line it stands in.
   */
  public record Include(String name, String form, String path, int line) {}

  /** A key whose value would silently win over the one in {@code firstLine}. */
  public record Duplicate(String key, int line, int firstLine) {}

  /**
   * A value as it is written.
   *
   * @param path its key
   * @param length characters of the value
   * @param references paths of the values it refers to
   */
  public record Definition(String path, int length, List<String> references) {}

  /** What is beyond a bound, and the line that passes it. */
  public record Excess(String what, String expectation, int line) {}

  private final String text;
  private final List<Include> includes = new ArrayList<>();
  private final List<Duplicate> duplicates = new ArrayList<>();
  private final List<Definition> definitions = new ArrayList<>();
  private List<String> references = new ArrayList<>();
  private Optional<Excess> excess = Optional.empty();
  private int referencesFound;
  private int keysFound;
  private int depth;
  private int arrays;
  private boolean escapesInPaths;
  private int at;
  private int line = 1;

  private HoconScan(String text) {
    this.text = text;
  }

  public static HoconScan of(String text) {
    HoconScan scan = new HoconScan(text.startsWith("\uFEFF") ? text.substring(1) : text);
    scan.skipBlank(true);
    if (scan.startsWith("{")) {
      scan.advance(1);
    }
    scan.object(new Scope(new TreeMap<>(), ""));
    if (scan.escapesInPaths && scan.referencesFound > 0) {
      scan.refuse("a key with a backslash beside substitutions", "keys without escapes", scan.line);
    }
    return scan;
  }

  /** In the order of the file. */
  public List<Include> includes() {
    return List.copyOf(includes);
  }

  /** In the order of the file. */
  public List<Duplicate> duplicates() {
    return List.copyOf(duplicates);
  }

  /** Every value that is not an object, and those objects that refer to others. */
  public List<Definition> definitions() {
    return List.copyOf(definitions);
  }

  /** The first bound that the text passes; it is not read beyond that place. */
  public Optional<Excess> excess() {
    return excess;
  }

  private void refuse(String what, String expectation, int where) {
    if (excess.isEmpty()) {
      excess = Optional.of(new Excess(what, expectation, where));
    }
    at = text.length();
  }

  /** Lines of the values of one root object or array element, and the path reached within it. */
  private record Scope(NavigableMap<String, Integer> lines, String path) {
    Scope below(String key) {
      return new Scope(lines, path.isEmpty() ? key : path + "." + key);
    }

    /** The first line of a value that {@code key} replaces, is replaced by, or lies within. */
    Optional<Integer> conflicting(String key) {
      List<Integer> found = new ArrayList<>(lines.subMap(key + '.', key + '/').values());
      if (lines.containsKey(key)) {
        found.add(lines.get(key));
      }
      for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
        Integer above = lines.get(key.substring(0, dot));
        if (above != null) {
          found.add(above);
        }
      }
      return found.stream().min(Integer::compare);
    }
  }

  private void object(Scope scope) {
    deeper();
    while (true) {
      skipBlank(true);
      if (at >= text.length()) {
        return;
      } else if (startsWith("}")) {
        advance(1);
        depth--;
        return;
      } else if (startsWith(",")) {
        advance(1);
      } else if (!include(scope)) {
        field(scope);
      }
    }
  }

  private void deeper() {
    depth++;
    if (depth > MOST_DEPTH) {
      refuse("nested " + depth + " deep", "at most " + MOST_DEPTH, line);
    }
  }

  /**
   * Moves past an include statement, if there is one. As the parser does, it takes blanks, line
   * ends and comments between any two of its words.
   */
  private boolean include(Scope scope) {
    if (!startsWith("include") || at + 7 >= text.length() || isKeyPart(text.charAt(at + 7))) {
      return false;
    }
    int start = at;
    int startLine = line;
    advance(7);
    StringBuilder form = new StringBuilder();
    for (skipBlank(true); isIncludeForm(); skipBlank(true)) {
      form.append(text.charAt(at));
      advance(1);
    }
    if (!startsWith("\"")) {
      at = start;
      line = startLine;
      return false;
    }
    int from = at;
    string();
    String name = text.substring(from, at).replaceAll("^\"+|\"+$", "");
    includes.add(new Include(name, form.toString(), scope.path(), startLine));
    if (arrays > 0) {
      refuse("include in a list", "includes in objects only", startLine);
    }
    skipBlank(false);
    while (startsWith(")")) {
      advance(1);
    }
    return true;
  }

  private boolean isIncludeForm() {
    return at < text.length() && "\"={}[]:,+$".indexOf(text.charAt(at)) < 0;
  }

  private void field(Scope scope) {
    int start = line;
    String key = key();
    keysFound++;
    if (keysFound > MOST_KEYS) {
      refuse("more than " + MOST_KEYS + " keys", "fewer", line);
    }
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
    List<String> outer = references;
    references = arrays > 0 ? outer : new ArrayList<>();
    boolean hasObject = value(inside);
    if (append) {
      reference(inside.path());
    }
    String written = text.substring(from, at);
    if (arrays == 0 && (!hasObject || !references.isEmpty())) {
      definitions.add(new Definition(bare(inside.path()), written.length(), references));
    }
    references = outer;
    boolean meant =
        append || written.startsWith("${?") || written.contains("${" + inside.path() + "}");
    if (!hasObject && !meant) {
      scope
          .conflicting(inside.path())
          .ifPresent(first -> duplicates.add(new Duplicate(inside.path(), start, first)));
      scope.lines().putIfAbsent(inside.path(), start);
    }
  }

  private void reference(String path) {
    escapesInPaths |= path.indexOf('\\') >= 0;
    references.add(bare(path));
    referencesFound++;
    if (referencesFound > MOST_REFERENCES) {
      refuse("more than " + MOST_REFERENCES + " substitutions", "fewer", line);
    } else if (path.length() > LONGEST_KEY) {
      refuse("a substitution of " + path.length() + " characters", "at most " + LONGEST_KEY, line);
    }
  }

  /** A path without quotes and blanks. */
  private static String bare(String path) {
    return path.replaceAll("[\\s\"]", "");
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
    if (key.length() > LONGEST_KEY) {
      refuse("a key of " + key.length() + " characters", "at most " + LONGEST_KEY, line);
      return "";
    }
    escapesInPaths |= key.indexOf("\\") >= 0;
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
        int end = close < 0 ? text.length() : close;
        reference(text.substring(Math.min(end, at + (startsWith("${?") ? 3 : 2)), end));
        advance(end + 1 - at);
      } else {
        advance(1);
      }
    }
  }

  private void array() {
    deeper();
    arrays++;
    while (true) {
      skipBlank(true);
      if (at >= text.length()) {
        return;
      } else if (startsWith("]")) {
        advance(1);
        arrays--;
        depth--;
        return;
      } else if (startsWith(",") || startsWith("}")) {
        advance(1);
      } else {
        value(new Scope(new TreeMap<>(), ""));
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
