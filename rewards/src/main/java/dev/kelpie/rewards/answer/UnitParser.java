package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import dev.kelpie.rewards.answer.Value.Scalar;
import java.util.Locale;

/**
 * Parses what stands behind a number.
 *
 * @param numbers whether answers are numbers, so that a letter behind one is a unit
 */
record UnitParser(Cursor cursor, boolean numbers) {
  /** Words behind a number, up to the end of the item: a size, a unit, or other words. */
  Value read(Scalar scalar) throws UnreadableAnswer {
    Scalar scaled = scalar;
    String number = cursor.previous().text();
    String unit = "";
    int words = 0;
    while (isUnit(cursor.peek(), words)) {
      Token token = cursor.next();
      String word = token.text();
      long scale = Units.scale(word);
      boolean attached = word.length() > 1 || !token.spaced();
      if (AnswerParser.CHANGE_MEANING.contains(word.toLowerCase(Locale.ROOT))
          || Units.hasNumber(word)
          || (words == 0 && Units.changes(number, word))) {
        throw new UnreadableAnswer("says more than a number: " + word);
      } else if (words == 0 && scale > 0 && attached) {
        scaled = scaled.times(Rational.of(scale));
        continue;
      }
      unit = words == 0 ? word : unit + " " + word;
      words++;
      unit += power();
    }
    return words == 0 ? scaled : new Scalar(scaled.node(), unit);
  }

  private boolean isUnit(Token token, int words) {
    boolean letter =
        token.kind() == Kind.LETTER && (token.upright() || words > 0 || numbers || isKilo(token));
    boolean divided = token.is("/") && words > 0 && cursor.peek(1).kind() != Kind.NUMBER;
    boolean joined = words > 0 && (token.is("-") || token.is("*") || token.is("'"));
    boolean dot = AnswerParser.isDot(token);
    boolean bracketed = words > 0 && (token.is("(") || token.is(")"));
    return !cursor.atEnd()
        && ((token.isWord() && !AnswerParser.isConnective(token))
            || letter
            || divided
            || joined
            || dot
            || bracketed);
  }

  private static boolean isKilo(Token token) {
    return token.text().equalsIgnoreCase("k") && !token.spaced();
  }

  /** The {@code ^2} of a unit. */
  private String power() throws UnreadableAnswer {
    if (!cursor.at("^")) {
      return "";
    }
    cursor.next();
    boolean braced = cursor.take("{");
    boolean negative = cursor.take("-");
    Token exponent = cursor.next();
    if (braced) {
      cursor.expect("}");
    }
    return "^" + (negative ? "-" : "") + exponent.text();
  }
}
