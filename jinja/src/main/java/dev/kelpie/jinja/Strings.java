package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's string functions. */
final class Strings {
  private static final int LEFT = 1;
  private static final int RIGHT = 2;

  private Strings() {}

  /**
   * {@code s.strip(chars)}.
   *
   * @param chars what to strip; none: white space
   * @param sides 1 left, 2 right, 3 both
   */
  static String strip(String s, Object chars, int sides) {
    IntPredicate stripped;
    if (chars instanceof None) {
      stripped = Strings::isSpace;
    } else if (chars instanceof String set) {
      stripped = c -> set.indexOf(c) >= 0;
    } else {
      throw TemplateException.of("strip: %s (expected: a string)", Python.type(chars));
    }
    int start = 0;
    int end = s.length();
    while ((sides & LEFT) != 0 && start < end && stripped.test(s.codePointAt(start))) {
      start += Character.charCount(s.codePointAt(start));
    }
    while ((sides & RIGHT) != 0 && start < end && stripped.test(s.codePointBefore(end))) {
      end -= Character.charCount(s.codePointBefore(end));
    }
    return s.substring(start, end);
  }

  /** {@code str.isspace} of one character. */
  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  /** {@code s.split(separator, most)}, or {@code rsplit}; {@code most} below 0: all. */
  static List<String> split(String s, String separator, int most, boolean fromRight) {
    if (separator.isEmpty()) {
      throw TemplateException.of("split: an empty separator");
    }
    List<String> parts = new ArrayList<>();
    String rest = s;
    for (int n = 0; n != most; n++) {
      int at = fromRight ? rest.lastIndexOf(separator) : rest.indexOf(separator);
      if (at < 0) {
        break;
      }
      String before = rest.substring(0, at);
      String behind = rest.substring(at + separator.length());
      parts.add(fromRight ? behind : before);
      rest = fromRight ? before : behind;
    }
    parts.add(rest);
    if (fromRight) {
      Collections.reverse(parts);
    }
    return parts;
  }

  /** {@code s.split()}: the parts between white space. */
  static List<String> words(String s, int most) {
    if (most >= 0) {
      throw TemplateException.of("split: maxsplit without a separator is not supported");
    }
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    s.codePoints()
        .forEach(
            c -> {
              if (!isSpace(c)) {
                word.appendCodePoint(c);
              } else if (!word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
              }
            });
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** {@code s.splitlines()}. */
  static List<String> lines(String s) {
    List<String> lines =
        new ArrayList<>(List.of(s.split("\r\n|[\n\r\u000b\f\u001c-\u001e\u0085\u2028\u2029]", -1)));
    if (lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }

  /** {@code s.replace(old, with, most)}. */
  static String replace(String s, String old, String with, int most) {
    if (most < 0) {
      return s.replace(old, with);
    } else if (old.isEmpty()) {
      throw TemplateException.of("replace: an empty text with a count is not supported");
    }
    return String.join(with, split(s, old, most, false));
  }

  /** How often {@code part} is in {@code s}, without overlap. */
  static Object count(String s, String part) {
    return (long) split(s, part, -1, false).size() - 1;
  }

  /** The first letter large, the others small. */
  static String capitalize(String s) {
    if (s.isEmpty()) {
      return s;
    }
    int first = s.offsetByCodePoints(0, 1);
    return s.substring(0, first).toUpperCase(Locale.ROOT)
        + s.substring(first).toLowerCase(Locale.ROOT);
  }

  /** Jinja's filter {@code indent}. */
  static String indent(String s, String indention, boolean first, boolean blank) {
    List<String> lines = lines(s + "\n");
    StringBuilder text = new StringBuilder(first ? indention : "").append(lines.get(0));
    for (String line : lines.subList(1, lines.size())) {
      text.append('\n').append(blank || !line.isEmpty() ? indention : "").append(line);
    }
    return text.toString();
  }
}
