package dev.kelpie.jinja;

import java.util.Locale;

/** Thrown for a template that cannot be parsed or cannot be rendered with its variables. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MOST_CHARACTERS = 500;

  private final int line;

  private TemplateException(String message, int line) {
    super(printable(message));
    this.line = line;
  }

  /** Escapes what could control a terminal or hide text: templates and data write into messages. */
  private static String printable(String message) {
    int end = Math.min(message.length(), MOST_CHARACTERS);
    StringBuilder safe = new StringBuilder();
    message
        .substring(0, end)
        .codePoints()
        .forEach(
            c -> {
              switch (Character.getType(c)) {
                case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    safe.append(c == '\n' ? "\\n" : String.format(Locale.ROOT, "\\u%04x", c));
                default -> safe.appendCodePoint(c);
              }
            });
    return safe.append(end < message.length() ? "..." : "").toString();
  }

  /** With what was found and what was expected; the line is added where it is known. */
  static TemplateException of(String message, Object... values) {
    return new TemplateException(String.format(Locale.ROOT, message, values), 0);
  }

  /** With the message of the template's own {@code raise_exception}. */
  static TemplateException raised(String message) {
    return new TemplateException(message, 0);
  }

  /** The same at {@code line}, unless a place nearer to the cause is known already. */
  TemplateException at(int newLine) {
    if (line > 0) {
      return this;
    }
    TemplateException placed = new TemplateException(getMessage(), newLine);
    placed.initCause(this);
    return placed;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** Line of the template, from 1; 0 if it is not known. */
  public int line() {
    return line;
  }
}
