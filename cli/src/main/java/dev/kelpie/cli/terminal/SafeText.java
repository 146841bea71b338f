package dev.kelpie.cli.terminal;

import java.util.Locale;

/**
 * Escapes text of a model or a file for printing: characters that could control the terminal or
 * hide text (control characters, changes of the writing direction, unpaired surrogates) are printed
 * as {@code \}{@code u001b}.
 */
public final class SafeText {
  private static final int TAB_COLUMNS = 4;

  private SafeText() {}

  /** Escapes {@code text} for one line, line feeds included. */
  public static String line(String text) {
    return escaped(text, false);
  }

  /** Escapes {@code text} but keeps its line feeds; tabs become spaces. */
  public static String lines(String text) {
    return escaped(text, true);
  }

  private static String escaped(String text, boolean keepLines) {
    StringBuilder safe = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n' && !keepLines) {
                safe.append("\\n");
              } else if (c == '\n') {
                safe.append('\n');
              } else if (c == '\t') {
                safe.append(keepLines ? " ".repeat(TAB_COLUMNS) : "\\t");
              } else if (isUnsafe(c)) {
                escape(c, safe);
              } else {
                safe.appendCodePoint(c);
              }
            });
    return safe.toString();
  }

  /** Escapes {@code text} for printing as it is: line ends and tabs stay. */
  static String output(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean lineEnd = c == '\r' && text.startsWith("\r\n", i);
      if (c != '\n' && c != '\t' && !lineEnd && isUnsafe(c)) {
        escape(c, safe);
      } else {
        safe.appendCodePoint(c);
      }
      i += Character.charCount(c);
    }
    return safe.toString();
  }

  /** As JSON does, so that JSON stays what it is: two escapes for a character of two halves. */
  private static void escape(int c, StringBuilder safe) {
    for (char half : Character.toChars(c)) {
      safe.append(String.format(Locale.ROOT, "\\u%04x", (int) half));
    }
  }

  private static boolean isUnsafe(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      // the joiners of emoji and of some scripts are formats too, and harmless
      case Character.FORMAT -> c != 0x200c && c != 0x200d && c != 0xad;
      default -> false;
    };
  }
}
