package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Token.Kind;
import dev.kelpie.rewards.answer.Value.Bag;
import dev.kelpie.rewards.answer.Value.Relation;
import dev.kelpie.rewards.answer.Value.Row;
import dev.kelpie.rewards.answer.Value.Scalar;
import dev.kelpie.rewards.answer.Value.Union;
import dev.kelpie.rewards.answer.Value.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Parses a whole answer: words before it, the items of a list with {@code and}, {@code or} and
 * commas, equations and inequalities, units. Nothing is skipped but words that are not known to
 * change the meaning.
 */
final class AnswerParser {
  private static final Set<String> RELATIONS = Set.of("=", "<", ">", "<=", ">=", "!=", "~", "==");

  /** The opening of a ratio that may be a time: {@code 4:20}. */
  static final String CLOCK = "clock";

  static final Set<String> CHANGE_MEANING =
      Set.of(
          "not",
          "no",
          "least",
          "most",
          "than",
          "between",
          "half",
          "double",
          "twice",
          "over",
          "under",
          "below",
          "above",
          "minus",
          "negative",
          "except",
          "within",
          "point",
          "quarter",
          "third",
          "neither",
          "nor");

  private final Cursor cursor;
  private final ExpressionParser expressions;
  private final UnitParser units;
  private final boolean numbers;

  /** Items with {@code or} before them. */
  private int alternatives;

  private AnswerParser(Cursor cursor, boolean numbers) {
    this.cursor = cursor;
    this.numbers = numbers;
    this.units = new UnitParser(cursor, numbers);
    this.expressions = new ExpressionParser(cursor, this, numbers);
  }

  /**
   * Parses all {@code tokens}.
   *
   * @param numbers whether the answer is a number, so that {@code 2,5} has a decimal comma and a
   *     letter behind a number is a unit
   */
  static Value parse(List<Token> tokens, boolean numbers, Steps steps) throws UnreadableAnswer {
    List<Token> visible = visible(tokens);
    steps.add(tokens.size());
    if (visible.isEmpty()) {
      throw new UnreadableAnswer("is empty");
    }
    if (visible.stream().noneMatch(AnswerParser::isMathematics)) {
      return words(visible);
    }
    for (int i = 0; i + 4 < visible.size(); i++) {
      if (isDate(visible.subList(i, i + 5))) {
        throw new UnreadableAnswer("is a date");
      }
    }
    Optional<Value> choice = Choices.labelled(visible, numbers, steps);
    if (choice.isPresent()) {
      return choice.get();
    }
    AnswerParser parser = new AnswerParser(new Cursor(visible, steps), numbers);
    return parser.answer();
  }

  /** Whether five tokens are a date such as {@code 2024-05-12}, and no difference. */
  private static boolean isDate(List<Token> tokens) {
    boolean written = tokens.get(1).is("-") && tokens.get(3).is("-");
    boolean marked = false;
    for (int i = 0; i < tokens.size() && written; i++) {
      Token token = tokens.get(i);
      String text = token.text();
      boolean year = i != 2 && text.length() == 4;
      written = (i == 0 || !token.spaced()) && (i % 2 == 1 || token.isDigits());
      written &= text.length() <= 2 || year;
      marked |= year || (text.startsWith("0") && text.length() == 2);
    }
    return written && marked;
  }

  private static boolean isMathematics(Token token) {
    return token.isNumeral()
        || token.kind() == Kind.COMMAND
        || token.kind() == Kind.LETTER
        || token.is("\\{");
  }

  /** Without dollar signs, bold marks and line ends, and without punctuation at both ends. */
  private static List<Token> visible(List<Token> tokens) {
    int from = 0;
    int to = tokens.size();
    while (to > 0 && isPunctuation(tokens.get(to - 1), false)) {
      to--;
    }
    while (from < to && isPunctuation(tokens.get(from), true)) {
      from++;
    }
    List<Token> visible = new ArrayList<>();
    for (Token token : tokens.subList(from, to)) {
      if (!isInvisible(token)) {
        visible.add(token);
      }
    }
    return visible;
  }

  static boolean isInvisible(Token token) {
    return token.is("$")
        || token.is("**")
        || (token.kind() == Kind.BREAK && token.text().equals("\n"));
  }

  private static boolean isPunctuation(Token token, boolean leading) {
    return isInvisible(token)
        || token.is(",")
        || token.is(";")
        || token.is(":")
        || token.is("\\\\")
        || (leading && (token.is("=") || token.is("~") || token.is("&")))
        || (!leading && token.is("*"))
        || (token.kind() == Kind.BREAK && !token.text().equals("#"));
  }

  private static Words words(List<Token> tokens) throws UnreadableAnswer {
    StringBuilder words = new StringBuilder();
    for (Token token : tokens) {
      if (token.isWord()) {
        words.append(words.isEmpty() ? "" : " ").append(token.text().toLowerCase(Locale.ROOT));
      }
    }
    if (words.isEmpty()) {
      throw new UnreadableAnswer("has neither mathematics nor words");
    }
    return new Words(words.toString());
  }

  private Value answer() throws UnreadableAnswer {
    skipWords();
    if (numbers && isDecimalComma()) {
      return decimalComma();
    }
    List<Value> items = items(true);
    if (!cursor.atEnd()) {
      throw cursor.unreadable("cannot go on");
    }
    boolean solutions =
        alternatives == items.size() - 1 && items.stream().allMatch(AnswerParser::isInequality);
    if (items.size() > 1 && solutions) {
      return new Union(items);
    }
    return items.size() == 1 ? items.get(0) : new Bag(items, false);
  }

  private static boolean isInequality(Value value) {
    return value instanceof Relation relation && !relation.isEquation();
  }

  /** Items between commas; at the top also between words and line ends. */
  List<Value> items(boolean top) throws UnreadableAnswer {
    List<Value> items = new ArrayList<>();
    items.add(item());
    while (separator(top)) {
      items.add(item());
    }
    return items;
  }

  private boolean separator(boolean top) {
    boolean found = false;
    boolean or = false;
    while (cursor.at(",") || cursor.at(";") || (top && isConnective(cursor.peek()))) {
      or |= cursor.next().text().equalsIgnoreCase("or");
      found = true;
    }
    alternatives += or ? 1 : 0;
    return found;
  }

  static boolean isConnective(Token token) {
    return token.isWord() && Set.of("and", "or").contains(token.text().toLowerCase(Locale.ROOT));
  }

  /** Words before the mathematics, such as {@code The answer is}. */
  private void skipWords() throws UnreadableAnswer {
    while (isLeadingWord()) {
      Token word = cursor.next();
      if (CHANGE_MEANING.contains(word.text().toLowerCase(Locale.ROOT))) {
        throw new UnreadableAnswer("says more than a number: " + word.text());
      }
      while (cursor.at(":")
          || cursor.at("=")
          || cursor.at("~")
          || cursor.at(",")
          || isDot(cursor.peek())) {
        cursor.next();
      }
    }
  }

  static boolean isDot(Token token) {
    return token.kind() == Kind.BREAK && token.text().equals(".");
  }

  private boolean isLeadingWord() {
    Token token = cursor.peek();
    Token next = cursor.peek(1);
    if (token.kind() == Kind.LETTER) {
      return (token.text().equalsIgnoreCase("a") && next.isWord() && !isConnective(next))
          || (next.is(":") && !token.upright());
    }
    boolean followed =
        next.kind() != Kind.SIGN
            || Set.of("=", "~", ":", ",", "-", "(", "[", "\\{", "{", "+-").contains(next.text());
    boolean called = next.is("(") && !next.spaced();
    boolean subtracted = next.is("-") && cursor.peek(2).spaced();
    return token.isWord()
        && !cursor.atEnd()
        && followed
        && !called
        && !(isOperator(token) && !next.isWord() && next.kind() != Kind.BREAK)
        && !subtracted
        && (cursor.peek(1).kind() != Kind.BREAK || isDot(next))
        && !isBased();
  }

  /** The name of a function that is not supported; <i>sign</i> is also a word. */
  private static boolean isOperator(Token token) {
    String name = token.text().toLowerCase(Locale.ROOT);
    return Commands.OPERATORS.contains(name) && !name.equals("sign");
  }

  /** {@code A3_{16}}. */
  private boolean isBased() {
    return cursor.peek(1).is("_");
  }

  /** An item of a list: a value, an equation or an inequality. */
  Value item() throws UnreadableAnswer {
    cursor.enter();
    List<Value> sides = new ArrayList<>();
    List<String> signs = new ArrayList<>();
    sides.add(side());
    while (cursor.peek().kind() == Kind.SIGN && RELATIONS.contains(cursor.peek().text())) {
      String sign = cursor.next().text();
      signs.add(sign.equals("==") ? "=" : sign);
      cursor.take("&");
      sides.add(side());
    }
    cursor.leave();
    if (cursor.peek().isCommand("in")) {
      cursor.next();
      return item();
    }
    return signs.isEmpty() ? sides.get(0) : new Relation(sides, signs);
  }

  private Value side() throws UnreadableAnswer {
    Value first = united();
    if (!isRatio()) {
      return first;
    }
    boolean clock = cursor.previous().isDigits() && cursor.previous().text().length() <= 2;
    List<Value> parts = new ArrayList<>();
    parts.add(first);
    while (isRatio()) {
      cursor.next();
      clock &= cursor.peek().text().matches("[0-5][0-9]");
      parts.add(united());
    }
    return new Row(clock ? CLOCK : ":", ":", parts);
  }

  private boolean isRatio() {
    return cursor.at(":") && cursor.previous().isNumber() && cursor.peek(1).isNumber();
  }

  /** Intervals and sets around {@code \cup}, or one value with its unit. */
  private Value united() throws UnreadableAnswer {
    Value first = withUnit();
    if (!cursor.peek().isCommand("cup") && !isWithout()) {
      return first;
    }
    List<Value> parts = new ArrayList<>();
    parts.add(first);
    while (cursor.peek().isCommand("cup") || isWithout()) {
      boolean without = isWithout();
      cursor.next();
      Value part = withUnit();
      if (without) {
        List<Value> rest = Segments.without(parts, part, cursor.steps());
        parts.clear();
        parts.addAll(rest);
      } else {
        parts.add(part);
      }
    }
    return new Union(parts);
  }

  private boolean isWithout() {
    return cursor.peek().isCommand("setminus") || cursor.peek().isCommand("backslash");
  }

  private Value withUnit() throws UnreadableAnswer {
    Value value = expressions.sum();
    String temperature = expressions.takeTemperature();
    if (!(value instanceof Scalar scalar)) {
      return value;
    }
    return units.read(temperature.isEmpty() ? scalar : new Scalar(scalar.node(), temperature));
  }

  /** Whether the answer is two numerals around a comma with no space: {@code 2,5}. */
  private boolean isDecimalComma() {
    int from = cursor.at("-") || cursor.at("+") ? 1 : 0;
    Token whole = cursor.peek(from);
    Token fraction = cursor.peek(from + 2);
    return whole.isDigits()
        && cursor.peek(from + 1).is(",")
        && !cursor.peek(from + 1).spaced()
        && fraction.isDigits()
        && !fraction.spaced()
        && !cursor.peek(from + 3).is(",")
        && (fraction.text().length() < 3 || whole.text().equals("0"));
  }

  private Value decimalComma() throws UnreadableAnswer {
    boolean negative = cursor.at("-");
    if (negative || cursor.at("+")) {
      cursor.next();
    }
    String whole = cursor.next().text();
    cursor.next();
    String written = whole + "." + cursor.next().text();
    Numeral numeral = Numeral.read(written, 0, Numeral.Commas.LIST, cursor.steps());
    if (numeral.value() == null) {
      throw new UnreadableAnswer("is too long a number");
    }
    Node node = new Node.Exact(numeral.value(), true);
    if (cursor.take("%")) {
      node = new Node.Percent(node);
    }
    Value value = units.read(new Scalar(negative ? new Node.Negative(node) : node, ""));
    if (!cursor.atEnd()) {
      throw cursor.unreadable("cannot go on");
    }
    return value;
  }
}
