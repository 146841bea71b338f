package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import dev.kelpie.rewards.answer.Value.Scalar;
import java.math.BigInteger;

/** Parses what starts with a numeral: mixed numbers, numerals of a base, the parts of fractions. */
final class NumberParser {
  private final Cursor cursor;

  NumberParser(Cursor cursor) {
    this.cursor = cursor;
  }

  /** A numeral with its base, or a mixed number. */
  Value number() throws UnreadableAnswer {
    Token token = cursor.next();
    if (cursor.at("_")) {
      return based(token.text());
    }
    Node value = ExpressionParser.number(token);
    if (token.decimal() || !value(token).isWhole()) {
      return new Scalar(value, "");
    }
    Token next = cursor.peek();
    if (next.isDigits() && next.spaced() && cursor.peek(1).is("/")) {
      return mixed(value, cursor.next(), true);
    }
    if (next.isCommand("frac") && isPlainFraction()) {
      cursor.next();
      return mixed(value, fractionPart(), false);
    }
    return new Scalar(value, "");
  }

  /** Whether the fraction that follows has numerals above and below: {@code 2\frac{1}{2}}. */
  private boolean isPlainFraction() {
    if (cursor.peek(1).isDigits()) {
      return true;
    }
    return cursor.peek(1).is("{")
        && cursor.peek(2).isDigits()
        && cursor.peek(3).is("}")
        && (cursor.peek(4).isDigits()
            || (cursor.peek(4).is("{") && cursor.peek(5).isDigits() && cursor.peek(6).is("}")));
  }

  private Value mixed(Node whole, Token top, boolean slash) throws UnreadableAnswer {
    if (slash) {
      cursor.expect("/");
    }
    Token bottom = slash ? cursor.next() : fractionPart();
    if (!top.isDigits() || !bottom.isDigits()) {
      throw cursor.unreadable("a mixed number without a whole denominator");
    }
    Rational numerator = value(top);
    Rational denominator = value(bottom);
    if (numerator.compareTo(denominator) >= 0) {
      throw new UnreadableAnswer("has a mixed number whose fraction is not below 1");
    }
    Rational fraction = numerator.over(denominator, cursor.steps());
    return new Scalar(Node.of(value(whole).plus(fraction, cursor.steps())), "");
  }

  private static Rational value(Token token) {
    return value(ExpressionParser.number(token));
  }

  private static Rational value(Node number) {
    return ((Node.Exact) number).value();
  }

  /** {@code 204_5}: the digits in a base from 2 to 36. */
  Value based(String digits) throws UnreadableAnswer {
    cursor.next();
    boolean braced = cursor.take("{");
    boolean opened = braced;
    while (opened) {
      opened = cursor.take("(");
    }
    Token base = cursor.next();
    boolean closed = braced;
    while (closed) {
      closed = cursor.take(")");
    }
    if (braced) {
      cursor.expect("}");
    }
    Rational radix = base.isDigits() ? value(base) : Rational.ZERO;
    int bits = radix.numerator().bitLength();
    int number = bits < 8 ? radix.numerator().intValue() : 0;
    boolean valid = number >= 2 && number <= 36 && digits.length() < Rational.MOST_DIGITS / 2;
    if (!valid || digits.chars().anyMatch(c -> Character.digit(c, number) < 0)) {
      throw new UnreadableAnswer("has a numeral that is not of its base: " + shown(digits));
    }
    cursor.steps().calculate(6L * digits.length());
    return new Scalar(Node.of(Rational.of(new BigInteger(digits, number))), "");
  }

  private static String shown(String text) {
    return text.length() > 40 ? text.substring(0, 37) + "..." : text;
  }

  /** A group of one numeral, or one digit of the next numeral. */
  Token fractionPart() throws UnreadableAnswer {
    if (cursor.take("{")) {
      Token inside = cursor.next();
      cursor.expect("}");
      return inside;
    }
    Token token = cursor.peek();
    String digits = token.text();
    if (token.isDigits() && digits.length() == 2 && !cursor.previous().isNumber()) {
      cursor.replace(digit(digits.substring(1)));
      return digit(digits.substring(0, 1));
    }
    if (!token.isDigits() || digits.length() != 1) {
      throw cursor.unreadable("a fraction whose parts are not clear");
    }
    return cursor.next();
  }

  private static Token digit(String digit) {
    Rational value = Rational.of(digit.charAt(0) - '0');
    return new Token(Kind.NUMBER, digit, value, false, false, false);
  }
}
