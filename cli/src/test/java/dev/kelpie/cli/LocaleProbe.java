package dev.kelpie.cli;

/** A program that formats without a locale, which Kelpie's own code must not do. */
final class LocaleProbe {
  private LocaleProbe() {}

  /**
   * Prints the number 12 and the word TITLE in small letters, as the machine's country has them.
   */
  @SuppressWarnings("StringCaseLocaleUsage") // it shows what the bare call gives
  public static void main(String[] arguments) {
    System.out.println(escaped(String.format("%d", 12)) + " " + escaped("TITLE".toLowerCase()));
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      escaped.append(c < 0x80 ? String.valueOf(c) : "u" + Integer.toHexString(c));
    }
    return escaped.toString();
  }
}
