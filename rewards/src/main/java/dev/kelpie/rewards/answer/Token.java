package dev.kelpie.rewards.answer;

import org.jspecify.annotations.Nullable;

/**
 * A piece of an answer.
 *
 * @param text the digits, the word, the command without its backslash, or the sign
 * @param value of a numeral that is read as a whole
 * @param decimal whether the numeral has a point or an exponent
 * @param spaced whether there is white space before it
 * @param upright whether it is inside <code>\text{...}</code> or the like
 */
record Token(
    Kind kind,
    String text,
    @Nullable Rational value,
    boolean decimal,
    boolean spaced,
    boolean upright) {
  /** What a token is. */
  enum Kind {
    NUMBER,
    /** Digits that are no number as a whole, such as {@code 1.2.3}. */
    BROKEN_NUMBER,
    LETTER,
    WORD,
    COMMAND,
    SIGN,
    /** End of a line or a sentence. */
    BREAK
  }

  static Token of(Kind kind, String text, boolean spaced, boolean upright) {
    return new Token(kind, text, null, false, spaced, upright);
  }

  boolean is(String sign) {
    return kind == Kind.SIGN && text.equals(sign);
  }

  boolean isCommand(String name) {
    return kind == Kind.COMMAND && text.equals(name);
  }

  boolean isNumber() {
    return kind == Kind.NUMBER;
  }

  boolean isNumeral() {
    return kind == Kind.NUMBER || kind == Kind.BROKEN_NUMBER;
  }

  boolean isWord() {
    return kind == Kind.WORD;
  }

  /** Whether it is a numeral of digits alone. */
  boolean isDigits() {
    return kind == Kind.NUMBER && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
