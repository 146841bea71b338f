package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Node.Call;
import dev.kelpie.rewards.answer.Node.Degrees;
import dev.kelpie.rewards.answer.Node.Exact;
import dev.kelpie.rewards.answer.Node.Negative;
import dev.kelpie.rewards.answer.Node.Percent;
import dev.kelpie.rewards.answer.Node.PlusMinus;
import dev.kelpie.rewards.answer.Node.Power;
import dev.kelpie.rewards.answer.Node.Product;
import dev.kelpie.rewards.answer.Node.Quotient;
import dev.kelpie.rewards.answer.Node.Sum;
import dev.kelpie.rewards.answer.Token.Kind;
import dev.kelpie.rewards.answer.Value.Matrix;
import dev.kelpie.rewards.answer.Value.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Parses expressions, by recursive descent: sums of products of powers, with implicit products as
 * in {@code 2\pi r}, and mixed numbers as in {@code 2 1/2}.
 */
final class ExpressionParser {
  private static final int MOST_POSTFIXES = 8;

  private final Cursor cursor;
  private final PrimaryParser primaries;
  private final boolean numbers;

  /** Scale of the degrees that were read last, or the empty text. */
  private String temperature = "";

  ExpressionParser(Cursor cursor, AnswerParser answers, boolean numbers) {
    this.cursor = cursor;
    this.numbers = numbers;
    this.primaries = new PrimaryParser(cursor, this, answers);
  }

  /** A sum, or a value that is no number if it stands alone. */
  Value sum() throws UnreadableAnswer {
    cursor.enter();
    Value first = isSign() ? new Scalar(signedTerm(), "") : term();
    Value sum = first;
    if (isSign()) {
      List<Node> terms = new ArrayList<>();
      terms.add(scalar(first));
      while (isSign()) {
        terms.add(signedTerm());
      }
      sum = new Scalar(new Sum(terms), "");
    }
    cursor.leave();
    return sum;
  }

  /** The scale of the degrees since the last call, or the empty text. */
  String takeTemperature() {
    String taken = temperature;
    temperature = "";
    return taken;
  }

  /** A sum that is a number or a formula. */
  Node expression() throws UnreadableAnswer {
    return scalar(sum());
  }

  private boolean isSign() {
    return cursor.at("+") || cursor.at("-") || cursor.at("+-") || cursor.at("-+");
  }

  private Node signedTerm() throws UnreadableAnswer {
    boolean negative = false;
    String sign = cursor.next().text();
    while (sign.equals("-") || sign.equals("+")) {
      negative ^= sign.equals("-");
      if (!isSign()) {
        Node term = scalar(term());
        return negative ? new Negative(term) : term;
      }
      sign = cursor.next().text();
    }
    Node term = new PlusMinus(scalar(term()), sign.equals("+-"));
    return negative ? new Negative(term) : term;
  }

  private Value term() throws UnreadableAnswer {
    Value first = power();
    if (!isFactor(first)) {
      return first;
    }
    List<Node> above = new ArrayList<>(List.of(scalar(first)));
    List<Node> below = new ArrayList<>();
    while (isFactor(first)) {
      boolean divides = cursor.at("/");
      if (divides || cursor.at("*")) {
        cursor.next();
        (divides ? below : above).add(signedPower());
      } else {
        above.add(scalar(power()));
      }
    }
    Node top = product(above);
    return new Scalar(below.isEmpty() ? top : new Quotient(top, product(below)), "");
  }

  private static Node product(List<Node> factors) {
    return factors.size() == 1 ? factors.get(0) : new Product(factors);
  }

  /** A factor behind a times or division sign, which may have a sign of its own. */
  private Node signedPower() throws UnreadableAnswer {
    boolean negative = false;
    while (cursor.at("-") || cursor.at("+")) {
      negative ^= cursor.next().is("-");
    }
    Node power = scalar(power());
    return negative ? new Negative(power) : power;
  }

  /** Whether the next token goes on with a product; a number does so only behind a sign. */
  private boolean isFactor(Value first) throws UnreadableAnswer {
    Token token = cursor.peek();
    if (token.is("*") || token.is("/")) {
      boolean unit = token.is("/") && cursor.peek(1).isWord() && !isProduct(cursor.peek(1));
      return !unit;
    }
    if (token.isNumeral()) {
      throw cursor.unreadable("two numbers without a sign between them");
    }
    if (!(first instanceof Scalar)) {
      return false;
    }
    return switch (token.kind()) {
      case LETTER -> !token.upright() && !isUnitLetter(token);
      case COMMAND -> primaries.starts(token);
      case SIGN -> token.is("(") || token.is("{") || (token.is("|") && !primaries.isInsideBars());
      case WORD -> isProduct(token);
      default -> false;
    };
  }

  /** The letter of {@code 5k}, or the letters that stand for units where answers are numbers. */
  private boolean isUnitLetter(Token token) {
    boolean kilo = token.text().equalsIgnoreCase("k") && !token.spaced();
    Token next = cursor.peek(1);
    boolean last = next.kind() == Kind.BREAK || next.is(",");
    boolean unit = numbers && Units.known(token.text()).isPresent();
    return cursor.previous().isNumber() && ((kilo && last) || unit);
  }

  /** Whether a word is a product of variables, such as {@code xy}. */
  boolean isProduct(Token word) {
    String text = word.text();
    boolean letters = text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    return word.isWord()
        && !word.upright()
        && letters
        && text.length() <= 3
        && Units.scale(text) == 0
        && Units.known(text).isEmpty()
        && !PrimaryParser.SHORT_WORDS.contains(text.toLowerCase(java.util.Locale.ROOT))
        && !Commands.LIKE_WORDS.contains(text.toLowerCase(java.util.Locale.ROOT))
        && !Commands.OPERATORS.contains(text.toLowerCase(java.util.Locale.ROOT));
  }

  /** A primary with exponents, factorials, percent and degree signs behind it. */
  private Value power() throws UnreadableAnswer {
    cursor.enter();
    Value value = primaries.primary();
    for (int i = 0; isPostfix(); i++) {
      if (i == MOST_POSTFIXES) {
        throw cursor.unreadable("more than " + MOST_POSTFIXES + " signs behind a number");
      }
      value = postfix(value);
    }
    cursor.leave();
    return value;
  }

  private boolean isPostfix() {
    return cursor.at("^") || cursor.at("%") || cursor.at("!") || cursor.peek().isCommand("degree");
  }

  private Value postfix(Value value) throws UnreadableAnswer {
    if (cursor.at("^")) {
      return raised(value);
    }
    Token sign = cursor.next();
    if (sign.is("%")) {
      return new Scalar(new Percent(scalar(value)), "");
    } else if (!sign.is("!")) {
      return degrees(value);
    } else if (cursor.at("!")) {
      throw cursor.unreadable("a double factorial");
    }
    return new Scalar(new Call("factorial", List.of(scalar(value))), "");
  }

  private Value raised(Value value) throws UnreadableAnswer {
    cursor.next();
    int inside = cursor.at("{") ? 1 : 0;
    Token exponent = cursor.peek(inside);
    if (exponent.isCommand("degree") && (inside == 0 || cursor.peek(2).is("}"))) {
      for (int i = 0; i < 1 + 2 * inside; i++) {
        cursor.next();
      }
      return degrees(value);
    }
    if (inside == 1
        && exponent.isWord()
        && Set.of("th", "st", "nd", "rd").contains(exponent.text())) {
      cursor.next();
      cursor.next();
      cursor.expect("}");
      return value;
    }
    return new Scalar(new Power(scalar(value), exponent()), "");
  }

  /** What stands behind {@code ^}: a group, or one signed power, so that 2^3^2 is 2^9. */
  Node exponent() throws UnreadableAnswer {
    cursor.enter();
    boolean negative = false;
    while (cursor.at("-") || cursor.at("+")) {
      negative ^= cursor.next().is("-");
    }
    Node exponent = cursor.at("{") ? scalar(primaries.primary()) : scalar(power());
    cursor.leave();
    return negative ? new Negative(exponent) : exponent;
  }

  /** A value in degrees; the letter of Celsius or Fahrenheit behind it is a unit. */
  private Value degrees(Value value) throws UnreadableAnswer {
    Token letter = cursor.peek();
    if (letter.kind() == Kind.LETTER && Set.of("C", "F").contains(letter.text())) {
      temperature = cursor.next().text().equals("C") ? "celsius" : "fahrenheit";
      return value;
    }
    return new Scalar(new Degrees(scalar(value)), "");
  }

  /** An argument without braces of {@code \sin} and the like: factors up to the next sign. */
  Node argument() throws UnreadableAnswer {
    cursor.enter();
    List<Node> factors = new ArrayList<>();
    factors.add(signedPower());
    while (cursor.peek().kind() == Kind.LETTER || cursor.peek().isCommand("pi")) {
      factors.add(scalar(power()));
    }
    cursor.leave();
    return product(factors);
  }

  /** The number or formula of a value. */
  Node scalar(Value value) throws UnreadableAnswer {
    if (value instanceof Scalar scalar) {
      return scalar.node();
    }
    if (value instanceof Matrix) {
      throw new UnsupportedAnswer("unsupported: arithmetic on matrices");
    }
    throw cursor.unreadable("arithmetic on what is no number");
  }

  static Node number(Token token) {
    Rational value = token.value();
    if (value == null) {
      throw new IllegalArgumentException("no number: " + token);
    }
    return new Exact(value, token.decimal());
  }
}
