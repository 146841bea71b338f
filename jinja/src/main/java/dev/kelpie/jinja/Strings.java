package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/** Python's string functions. */
final class Strings {
  private static final int LEFT = 1;
  private static final int RIGHT = 2;

  /** Texts and parts whose lengths have a larger product are searched with a table. */
  private static final long PLAIN_SEARCH = 1 << 16;

  private Strings() {}

  /**
   * {@code s.strip(chars)}.
   *
   * @param chars what to strip; none: white space
   * @param sides 1 left, 2 right, 3 both
   */
  static String strip(String s, Object chars, int sides, Budget budget) {
    budget.read(s.length());
    IntPredicate stripped;
    if (chars instanceof None) {
      stripped = Strings::isSpace;
    } else if (chars instanceof String set) {
      budget.read(16L * set.length() + 8L * s.length());
      Set<Integer> all = new HashSet<>();
      set.codePoints().forEach(all::add);
      stripped = all::contains;
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
    budget.text(end - start);
    return s.substring(start, end);
  }

  /** {@code str.isspace} of one character. */
  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  /**
   * Index of {@code part} in {@code s} at or behind {@code from}, -1 if there is none; in time
   * linear in both.
   */
  static int find(String s, String part, int from, Budget budget) {
    if ((long) s.length() * part.length() <= PLAIN_SEARCH) {
      int at = s.indexOf(part, from);
      budget.read(at < 0 ? s.length() - from : at - from);
      return at;
    }
    if (part.length() == 1) {
      int at = s.indexOf(part, from);
      budget.read(at < 0 ? s.length() - from : at - from);
      return at;
    } else if (part.length() > s.length() - from) {
      return -1;
    }
    budget.read(4L * part.length());
    int[] borders = borders(part);
    int matched = 0;
    for (int i = from; i < s.length(); i++) {
      while (matched > 0 && s.charAt(i) != part.charAt(matched)) {
        matched = borders[matched - 1];
      }
      matched += s.charAt(i) == part.charAt(matched) ? 1 : 0;
      if (matched == part.length()) {
        budget.read(4L * (i - from));
        return i + 1 - matched;
      }
    }
    budget.read(4L * (s.length() - from));
    return -1;
  }

  /** Length of the longest proper border of each prefix (Knuth, Morris and Pratt). */
  private static int[] borders(String part) {
    int[] borders = new int[part.length()];
    for (int i = 1, length = 0; i < part.length(); i++) {
      while (length > 0 && part.charAt(i) != part.charAt(length)) {
        length = borders[length - 1];
      }
      length += part.charAt(i) == part.charAt(length) ? 1 : 0;
      borders[i] = length;
    }
    return borders;
  }

  /** {@code s.split(separator, most)}, or {@code rsplit}; {@code most} below 0: all. */
  static List<Object> split(
      String s, String separator, int most, boolean fromRight, Budget budget) {
    if (separator.isEmpty()) {
      throw TemplateException.of("split: an empty separator");
    }
    return fromRight && most >= 0
        ? splitRight(s, separator, most, budget)
        : splitLeft(s, separator, most, budget);
  }

  private static List<Object> splitLeft(String s, String separator, int most, Budget budget) {
    List<Object> parts = new ArrayList<>();
    int start = 0;
    for (int n = 0; n != most; n++) {
      int at = find(s, separator, start, budget);
      if (at < 0) {
        break;
      }
      add(s.substring(start, at), parts, budget);
      start = at + separator.length();
    }
    add(s.substring(start), parts, budget);
    return parts;
  }

  private static List<Object> splitRight(String s, String separator, int most, Budget budget) {
    String reversed = new StringBuilder(s).reverse().toString();
    String mark = new StringBuilder(separator).reverse().toString();
    budget.text(s.length());
    List<Object> parts = new ArrayList<>();
    for (Object part : splitLeft(reversed, mark, most, budget)) {
      parts.add(new StringBuilder((String) part).reverse().toString());
    }
    Collections.reverse(parts);
    return parts;
  }

  private static void add(String part, List<Object> parts, Budget budget) {
    budget.items(1);
    budget.text(part.length());
    parts.add(part);
  }

  /** {@code s.split()}: the parts between white space. */
  static List<Object> words(String s, int most, Budget budget) {
    if (most >= 0) {
      throw TemplateException.of("split: maxsplit without a separator is not supported");
    }
    budget.read(2L * s.length());
    List<Object> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= s.length(); i++) { // white space has no surrogates
      boolean space = i == s.length() || isSpace(s.charAt(i));
      if (!space && start < 0) {
        start = i;
      } else if (space && start >= 0) {
        add(s.substring(start, i), words, budget);
        start = -1;
      }
    }
    return words;
  }

  /** {@code s.splitlines()}. */
  static List<Object> lines(String s, Budget budget) {
    budget.read(s.length());
    List<Object> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (isLineBreak(c)) {
        add(s.substring(start, i), lines, budget);
        i += c == '\r' && i + 1 < s.length() && s.charAt(i + 1) == '\n' ? 1 : 0;
        start = i + 1;
      }
    }
    if (start < s.length()) {
      add(s.substring(start), lines, budget);
    }
    return lines;
  }

  private static boolean isLineBreak(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /** {@code s.replace(old, with, most)}; {@code most} below 0: all. */
  static String replace(String s, String old, String with, int most, Budget budget) {
    if (old.isEmpty()) {
      return spread(s, with, most, budget);
    }
    StringBuilder text = new StringBuilder();
    int start = 0;
    for (int n = 0; n != most; n++) {
      int at = find(s, old, start, budget);
      if (at < 0) {
        break;
      }
      budget.step();
      budget.text((long) at - start + with.length() + 1);
      text.append(s, start, at).append(with);
      start = at + old.length();
    }
    budget.text(s.length() - start);
    return text.append(s, start, s.length()).toString();
  }

  /** {@code with} before each character and at the end, as Python replaces an empty text. */
  private static String spread(String s, String with, int most, Budget budget) {
    int count = s.codePointCount(0, s.length());
    int times = most < 0 || most > count ? count + 1 : most;
    budget.text(s.length() + (long) times * with.length());
    StringBuilder text = new StringBuilder();
    int at = 0;
    for (int n = 0; n < times && n <= count; n++) {
      text.append(with);
      if (n < count) {
        text.appendCodePoint(s.codePointAt(at));
        at += Character.charCount(s.codePointAt(at));
      }
    }
    return text.append(s, at, s.length()).toString();
  }

  /** How often {@code part} is in {@code s}, without overlap. */
  static Object count(String s, String part, Budget budget) {
    if (part.isEmpty()) {
      budget.read(s.length());
      return s.codePointCount(0, s.length()) + 1L;
    }
    long count = 0;
    for (int at = find(s, part, 0, budget); at >= 0; at = find(s, part, at, budget)) {
      budget.step();
      at += part.length();
      count++;
    }
    return count;
  }

  /** {@code s.upper()}. */
  static String upper(String s, Budget budget) {
    budget.read(4L * s.length());
    return budget.made(s.toUpperCase(Locale.ROOT));
  }

  /** {@code s.lower()}. */
  static String lower(String s, Budget budget) {
    budget.read(4L * s.length());
    return budget.made(s.toLowerCase(Locale.ROOT));
  }

  /** The first letter large, the others small. */
  static String capitalize(String s, Budget budget) {
    if (s.isEmpty()) {
      return s;
    }
    int end = s.offsetByCodePoints(0, 1);
    String first = s.substring(0, end);
    String upper = first.toUpperCase(Locale.ROOT);
    if (upper.length() != end
        || upper.codePointAt(0) != Character.toTitleCase(first.codePointAt(0))) {
      throw TemplateException.of("capitalize of %s is not supported", first);
    }
    return upper + lower(s, budget).substring(first.toLowerCase(Locale.ROOT).length());
  }

  /** Jinja's filter {@code indent}. */
  static String indent(String s, String indention, boolean first, boolean blank, Budget budget) {
    List<Object> lines = lines(s + "\n", budget);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      boolean indented = i == 0 ? first : blank || !line.isEmpty();
      budget.text(1L + line.length() + (indented ? indention.length() : 0));
      text.append(i == 0 ? "" : "\n").append(indented ? indention : "").append(line);
    }
    return text.toString();
  }
}
