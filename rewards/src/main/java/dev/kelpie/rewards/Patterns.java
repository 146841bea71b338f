package dev.kelpie.rewards;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Regular expressions from experiment files, matched against responses. */
final class Patterns {
  private Patterns() {}

  /** Compiles the value of the option {@code key}. */
  static Pattern compile(String key, String expression) {
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s (expected: a regular expression: %s)",
              key,
              expression,
              e.getDescription()),
          e);
    }
  }

  /** A matcher that stops when the thread is interrupted: some patterns take exponential time. */
  static Matcher matcher(Pattern pattern, String text) {
    return pattern.matcher(new InterruptibleText(text));
  }

  private record InterruptibleText(CharSequence text) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException("interrupted while matching a regular expression");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
