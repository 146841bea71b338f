package dev.kelpie.cli.terminal;

/**
 * Text from a model or a file, made safe to print: whatever could steer the terminal or hide what
 * stands there (control characters, changes of the writing direction, halves of a surrogate pair)
 * is shown as {@code \}{@code u001b}.
 */
public final class SafeText {
  private static final int TAB_COLUMNS = 4;

  private SafeText() {}

  /** On one line: line feeds are escaped too. */
  public static String line(String text) {
    return escaped(text, false);
  }

  /** With its line feeds; tabs become spaces. */
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
                safe.append(String.format("\\u%04x", c));
              } else {
                safe.appendCodePoint(c);
              }
            });
    return safe.toString();
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
