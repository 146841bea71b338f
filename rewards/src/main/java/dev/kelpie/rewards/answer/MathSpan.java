package dev.kelpie.rewards.answer;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A place of mathematics between the delimiters of TeX: <code>$...$</code>, <code>$$...$$</code>,
 * {@code \(...\)} and {@code \[...\]}. Several with {@code and}, {@code or} or commas between them
 * are one.
 */
record MathSpan(int start, int end) {
  private static final int LONGEST_JOINT = 12;

  /** Finds one span after the other, in a pass over the text. */
  private static final class Scanner {
    private final String text;
    private final Steps steps;

    /** Up to where there is no end mark, so that no part is searched twice. */
    private final Map<String, Integer> unclosed = new HashMap<>();

    private int at;

    Scanner(String text, Steps steps) {
      this.text = text;
      this.steps = steps;
    }

    @Nullable MathSpan next() {
      while (at < text.length()) {
        steps.add(1);
        int start = at;
        String close = close();
        if (close.isEmpty()) {
          at += text.charAt(at) == '\\' ? 2 : 1;
          continue;
        }
        int open = start + close.length();
        int end = end(open, close);
        if (end > open && !(close.equals("$") && isMoney(open, end))) {
          at = end + close.length();
          return new MathSpan(start, at);
        }
        at = open;
      }
      return null;
    }

    /** The end mark of a formula that starts here, or the empty text. */
    private String close() {
      if (text.startsWith("\\(", at)) {
        return "\\)";
      } else if (text.startsWith("\\[", at)) {
        return "\\]";
      } else if (text.startsWith("$$", at)) {
        return "$$";
      }
      return text.charAt(at) == '$' ? "$" : "";
    }

    /** Where the formula ends, or -1; one in single dollars ends in its line. */
    private int end(int open, String close) {
      if (open < unclosed.getOrDefault(close, 0)) {
        return -1;
      }
      int i = open;
      while (i < text.length() && !(close.equals("$") && text.charAt(i) == '\n')) {
        steps.add(1);
        if (text.startsWith(close, i)) {
          return i;
        }
        i += text.charAt(i) == '\\' && !close.startsWith("\\") ? 2 : 1;
      }
      unclosed.put(close, Math.min(i, text.length()));
      return -1;
    }

    /** Whether two dollars around words are two sums of money: {@code $5 and then $}. */
    private boolean isMoney(int open, int end) {
      boolean command = false;
      int letters = 0;
      boolean words = false;
      for (int i = open; i < end; i++) {
        steps.add(1);
        char sign = text.charAt(i);
        boolean letter = Character.isLetter(sign);
        command = sign == '\\' || (command && (letter || sign == '{' || sign == ' '));
        letters = letter && !command ? letters + 1 : 0;
        words |= letters > 1;
      }
      return words && Character.isDigit(text.charAt(open));
    }
  }

  /** The first span. */
  static Optional<MathSpan> first(String text, Steps steps) {
    Scanner scanner = new Scanner(text, steps);
    MathSpan span = scanner.next();
    if (span == null) {
      return Optional.empty();
    }
    MathSpan next = scanner.next();
    while (next != null && isJoined(text, span, next)) {
      span = new MathSpan(span.start(), next.end());
      next = scanner.next();
    }
    return Optional.of(span);
  }

  /** The last span. */
  static Optional<MathSpan> last(String text, Steps steps) {
    Scanner scanner = new Scanner(text, steps);
    MathSpan last = null;
    for (MathSpan next = scanner.next(); next != null; next = scanner.next()) {
      boolean joined = last != null && isJoined(text, last, next);
      last = joined && last != null ? new MathSpan(last.start(), next.end()) : next;
    }
    return Optional.ofNullable(last);
  }

  /** The formula with its delimiters. */
  String of(String text) {
    return text.substring(start, end);
  }

  private static boolean isJoined(String text, MathSpan a, MathSpan b) {
    if (b.start() - a.end() > LONGEST_JOINT) {
      return false;
    }
    String between = text.substring(a.end(), b.start());
    String word = between.replace(",", " ").strip();
    return word.equals("and") || word.equals("or") || (word.isEmpty() && between.contains(","));
  }
}
