package dev.kelpie.jinja;

/** Escapes in string literals, as Python reads them. */
final class Escapes {
  private Escapes() {}

  /** The text that the inside of a string literal stands for; an unknown escape stays as it is. */
  static String resolve(String literal) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c != '\\' || i + 1 == literal.length()) {
        text.append(c);
        continue;
      }
      char escape = literal.charAt(++i);
      switch (escape) {
        case '\n' -> {}
        case '\\', '\'', '"' -> text.append(escape);
        case 'n' -> text.append('\n');
        case 't' -> text.append('\t');
        case 'r' -> text.append('\r');
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'a' -> text.append('\u0007');
        case 'v' -> text.append('\u000b');
        case 'x' -> i = code(literal, i, 2, text);
        case 'u' -> i = code(literal, i, 4, text);
        case 'U' -> i = code(literal, i, 8, text);
        case 'N', '0', '1', '2', '3', '4', '5', '6', '7' ->
            throw TemplateException.of("escape \\%s in a string is not supported", escape);
        default -> text.append('\\').append(escape);
      }
    }
    return text.toString();
  }

  private static int code(String literal, int at, int digits, StringBuilder text) {
    int end = at + 1 + digits;
    if (end > literal.length() || !literal.substring(at + 1, end).matches("[0-9a-fA-F]+")) {
      throw TemplateException.of("a broken escape \\%s in a string", literal.charAt(at));
    }
    long character = Long.parseLong(literal, at + 1, end, 16);
    if (character > Character.MAX_CODE_POINT
        || (character <= Character.MAX_VALUE && Character.isSurrogate((char) character))) {
      throw TemplateException.of("escape \\%s (expected: a character)", literal.substring(at, end));
    }
    text.appendCodePoint((int) character);
    return end - 1;
  }
}
