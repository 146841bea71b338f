package dev.kelpie.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;

/** Numbers written as text. */
final class Numbers {
  private static final int MOST_DIGITS = 4300;

  /** Reading a number takes far longer for each character than reading text. */
  private static final int STEPS_OF_A_CHARACTER = 2;

  private static final int STEPS_OF_A_FRACTION = 100;

  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]++");
  private static final Pattern REAL =
      Pattern.compile("[+-]?(?:[0-9]++\\.?[0-9]*+|\\.[0-9]++)(?:[eE][+-]?[0-9]++)?");

  private Numbers() {}

  /** A literal of a template. */
  static Object literal(String digits) {
    if (digits.length() > MOST_DIGITS) {
      throw TemplateException.of("a number of more than %s digits (expected: fewer)", MOST_DIGITS);
    }
    return Operators.whole(new BigInteger(digits));
  }

  /** Jinja's filter {@code int}: {@code otherwise} if {@code text} is no number. */
  static Object whole(String text, Object otherwise, Budget budget) {
    budget.read(text.length());
    String number = text.strip();
    if (number.length() > MOST_DIGITS) {
      throw TemplateException.of("int of more than %s characters is not supported", MOST_DIGITS);
    }
    budget.steps(4 + STEPS_OF_A_CHARACTER * number.length());
    if (WHOLE.matcher(number).matches()) {
      return Operators.whole(new BigInteger(number));
    } else if (REAL.matcher(number).matches()) {
      budget.steps(STEPS_OF_A_FRACTION);
      double value = Double.parseDouble(number);
      return Double.isInfinite(value)
          ? otherwise
          : Operators.whole(new BigDecimal(value).toBigInteger());
    } else if (number.chars().anyMatch(c -> c >= 0x80 || c == '_')) {
      // Python also reads 1_000 and the digits of other scripts
      throw TemplateException.of("int of such a text is not supported");
    }
    return otherwise;
  }
}
