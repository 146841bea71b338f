package dev.kelpie.cli.sweep;

import dev.kelpie.cli.terminal.SafeText;

/** Text in HTML. */
final class Html {
  private Html() {}

  /** Escapes text for an element or a quoted attribute. */
  static String text(String text) {
    return SafeText.line(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
