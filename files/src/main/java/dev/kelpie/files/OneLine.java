package dev.kelpie.files;

/** Joins text of several lines to one, in a time that grows with its length only. */
public final class OneLine {
  private OneLine() {}

  /** {@code text} with one blank for each run of blanks that has a line end in it. */
  public static String of(String text) {
    StringBuilder line = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int from = at;
      boolean ends = false;
      while (at < text.length() && (isLineEnd(text.charAt(at)) || isBlank(text.charAt(at)))) {
        ends |= isLineEnd(text.charAt(at));
        at++;
      }
      if (ends) {
        line.append(' ');
      } else if (at > from) {
        line.append(text, from, at);
      } else {
        line.append(text.charAt(at));
        at++;
      }
    }
    return line.toString();
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isLineEnd(char c) {
    return (c >= '\n' && c <= '\r') || c == '\u0085' || c == '\u2028' || c == '\u2029';
  }
}
