package dev.kelpie.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Measures, pads, cuts and wraps text by terminal columns. */
public final class Cells {
  private Cells() {}

  /** Number of columns of {@code text}; wide characters take two, combining marks none. */
  public static int width(String text) {
    return text.codePoints().map(Cells::width).sum();
  }

  private static int width(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    return Character.isIdeographic(c) || isWideBlock(c) ? 2 : 1;
  }

  /** Hangul, kana, full-width forms and emoji. */
  private static boolean isWideBlock(int c) {
    return (c >= 0x1100 && c <= 0x115f)
        || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f)
        || (c >= 0xac00 && c <= 0xd7a3)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0xfe30 && c <= 0xfe6f)
        || (c >= 0xff00 && c <= 0xff60)
        || (c >= 0xffe0 && c <= 0xffe6)
        || (c >= 0x1f300 && c <= 0x1faff);
  }

  /** Pads {@code text} with spaces to {@code columns}. */
  public static String padded(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - width(text)));
  }

  /** Cuts {@code text} to {@code columns}, with an ellipsis at the end. */
  public static String cut(String text, int columns) {
    return width(text) <= columns ? text : text.substring(0, fitting(text, columns - 1)) + '…';
  }

  /** Wraps {@code text} to lines of at most {@code columns}, at spaces where there are any. */
  public static List<String> wrapped(String text, int columns) {
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      wrap(line, Math.max(2, columns), lines);
    }
    return lines;
  }

  private static void wrap(String line, int columns, List<String> lines) {
    String rest = line;
    while (width(rest) > columns) {
      int end = fitting(rest, columns);
      int space = rest.lastIndexOf(' ', end);
      boolean atSpace = space > 0;
      lines.add(rest.substring(0, atSpace ? space : end));
      rest = rest.substring(atSpace ? space + 1 : end);
    }
    lines.add(rest);
  }

  /** Number of chars of {@code text} that fill at most {@code columns}. */
  private static int fitting(String text, int columns) {
    int used = 0;
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      used += width(c);
      if (used > columns) {
        break;
      }
      at += Character.charCount(c);
    }
    return at;
  }
}
