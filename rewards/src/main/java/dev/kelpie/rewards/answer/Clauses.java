package dev.kelpie.rewards.answer;

import java.util.Locale;
import java.util.Set;

/** Finds the end of what a text says first. */
final class Clauses {
  /** Words that begin a reason. */
  private static final Set<String> REASONS = Set.of("because", "since");

  /** Words that begin a remark behind a comma. */
  private static final Set<String> REMARKS =
      Set.of("who", "whose", "whom", "which", "where", "because", "since", "as", "not", "but");

  /** Abbreviations before names and numbers. */
  private static final Set<String> SHORTENED =
      Set.of("mr", "mrs", "ms", "dr", "st", "prof", "no", "nr", "approx", "ca", "vs", "mt");

  private Clauses() {}

  /**
   * The first sentence or line, up to a reason or a remark in it. A line that ends in a colon, and
   * one before a number or a formula, continues.
   */
  static String first(String text, Steps steps) {
    int word = 0;
    for (int i = 0; i < text.length(); i++) {
      steps.add(1);
      char sign = text.charAt(i);
      if (Character.isLetterOrDigit(sign)) {
        boolean starts = i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1));
        word = starts ? i : word;
        if (starts && i > 0 && isAside(text, i)) {
          return text.substring(0, i);
        }
      } else if ((sign == '.' || sign == '!' || sign == '?') && endsSentence(text, word, i)) {
        return text.substring(0, i);
      } else if (sign == '\n' && endsLine(text, i)) {
        return text.substring(0, i);
      }
    }
    return text;
  }

  /** Whether the word at {@code at} begins a reason or, behind a comma, a remark. */
  private static boolean isAside(String text, int at) {
    if (!Character.isWhitespace(text.charAt(at - 1))) {
      return false;
    }
    int end = at;
    while (end < text.length() && end - at < 9 && Character.isLetter(text.charAt(end))) {
      end++;
    }
    if (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
      return false;
    }
    String word = text.substring(at, end).toLowerCase(Locale.ROOT);
    return REASONS.contains(word)
        || (REMARKS.contains(word) && at > 1 && text.charAt(at - 2) == ',');
  }

  private static boolean endsSentence(String text, int word, int at) {
    int next = at + 1;
    while (next < text.length() && next < at + 4 && "*\"')".indexOf(text.charAt(next)) >= 0) {
      next++;
    }
    if (next >= text.length() || !Character.isWhitespace(text.charAt(next))) {
      return false;
    }
    int follower = visible(text, next);
    boolean capital = follower < text.length() && Character.isUpperCase(text.charAt(follower));
    boolean initial = capital && text.startsWith(".", follower + 1);
    boolean shortened =
        at - word <= 6 && SHORTENED.contains(text.substring(word, at).toLowerCase(Locale.ROOT));
    return capital && !initial && !shortened;
  }

  private static boolean endsLine(String text, int at) {
    int last = at - 1;
    while (last >= 0 && at - last < 8 && "*_ \r\t".indexOf(text.charAt(last)) >= 0) {
      last--;
    }
    int next = visible(text, at);
    return last >= 0
        && text.charAt(last) != ':'
        && text.charAt(last) != '='
        && next < text.length()
        && Character.isLetter(text.charAt(next));
  }

  /** Where the next character that is no white space is, at most 64 further. */
  private static int visible(String text, int from) {
    int at = from;
    while (at < text.length() && at - from < 64 && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }
}
