package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Node.Call;
import dev.kelpie.rewards.answer.Node.Name;
import dev.kelpie.rewards.answer.Node.Negative;
import dev.kelpie.rewards.answer.Node.Power;
import dev.kelpie.rewards.answer.Node.Product;
import dev.kelpie.rewards.answer.Node.Quotient;
import dev.kelpie.rewards.answer.Node.Root;
import dev.kelpie.rewards.answer.Value.Bag;
import dev.kelpie.rewards.answer.Value.Matrix;
import dev.kelpie.rewards.answer.Value.Row;
import dev.kelpie.rewards.answer.Value.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Parses what expressions are made of: numerals, names, commands with arguments, brackets. */
final class PrimaryParser {
  /** Words of up to three letters that are no products of variables. */
  static final Set<String> SHORT_WORDS =
      Set.of(
          "and", "or", "is", "are", "the", "to", "of", "in", "at", "by", "for", "per", "on", "an",
          "as", "so", "no", "not", "yes", "one", "two", "six", "ten", "mph", "kph", "km", "cm",
          "mm", "kg", "dne", "all", "day", "men", "odd", "if", "th", "st", "nd", "rd", "sq", "cu",
          "usd", "eur", "rs", "off", "a.m", "p.m", "am", "pm", "it", "we", "be", "box", "red");

  private static final Set<String> MATRICES =
      Set.of("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array");
  private static final Set<String> STARTING =
      Set.of(
          "frac", "binom", "sqrt", "rootof", "cbrtof", "pi", "infty", "lfloor", "lceil", "begin");

  private final Cursor cursor;
  private final ExpressionParser expressions;
  private final AnswerParser answers;
  private final NumberParser numbers;
  private int bars;

  PrimaryParser(Cursor cursor, ExpressionParser expressions, AnswerParser answers) {
    this.cursor = cursor;
    this.expressions = expressions;
    this.answers = answers;
    this.numbers = new NumberParser(cursor);
  }

  /** Whether a command begins a factor. */
  boolean starts(Token command) {
    return STARTING.contains(command.text()) || Commands.FUNCTIONS.contains(command.text());
  }

  boolean isInsideBars() {
    return bars > 0;
  }

  Value primary() throws UnreadableAnswer {
    cursor.enter();
    Value value =
        switch (cursor.peek().kind()) {
          case NUMBER -> numbers.number();
          case LETTER -> name(cursor.next().text());
          case WORD -> word();
          case COMMAND -> command();
          case SIGN -> bracket();
          case BROKEN_NUMBER -> throw cursor.unreadable("digits that are no number as a whole");
          default -> throw cursor.unreadable("expected a value");
        };
    cursor.leave();
    return value;
  }

  private Value name(String name) throws UnreadableAnswer {
    StringBuilder full = new StringBuilder(name);
    if (cursor.take("_")) {
      full.append('_').append(subscript());
    }
    while (cursor.take("'")) {
      full.append('\'');
    }
    return scalar(new Name(full.toString()));
  }

  private String subscript() throws UnreadableAnswer {
    if (!cursor.take("{")) {
      return cursor.next().text();
    }
    StringBuilder inside = new StringBuilder();
    while (!cursor.at("}")) {
      if (cursor.atEnd()) {
        throw cursor.unreadable("expected }");
      }
      inside.append(cursor.next().text());
    }
    cursor.next();
    return inside.toString();
  }

  private Value word() throws UnreadableAnswer {
    Token token = cursor.peek();
    if (cursor.peek(1).is("_") && token.text().chars().anyMatch(Character::isDigit)) {
      return numbers.based(cursor.next().text());
    }
    String lower = token.text().toLowerCase(Locale.ROOT);
    if (Commands.OPERATORS.contains(lower) || Commands.LIKE_WORDS.contains(lower)) {
      throw new UnsupportedAnswer("unsupported: " + token.text());
    }
    if (!expressions.isProduct(token)) {
      throw cursor.unreadable("expected a value");
    }
    cursor.next();
    List<Node> letters = new ArrayList<>();
    String text = token.text();
    for (int i = 0; i < text.length(); i++) {
      Node letter = new Name(text.substring(i, i + 1));
      boolean last = i == text.length() - 1;
      letters.add(last && cursor.take("^") ? new Power(letter, expressions.exponent()) : letter);
    }
    return scalar(new Product(letters));
  }

  private Value command() throws UnreadableAnswer {
    Token token = cursor.peek();
    String name = token.text();
    if (Commands.FUNCTIONS.contains(name)) {
      cursor.next();
      return scalar(function(name));
    }
    if (name.startsWith("begin:") && MATRICES.contains(name.substring(6))) {
      cursor.next();
      return matrix("end:" + name.substring(6));
    }
    switch (name) {
      case "frac",
          "binom",
          "sqrt",
          "rootof",
          "cbrtof",
          "pi",
          "infty",
          "emptyset",
          "reals",
          "lfloor",
          "lceil",
          "degree" ->
          cursor.next();
      default -> throw cursor.unreadable("cannot read \\" + name);
    }
    return switch (name) {
      case "frac" -> fraction();
      case "binom" -> scalar(new Call("binom", List.of(argument(), argument())));
      case "sqrt" -> scalar(root());
      case "rootof" -> scalar(new Root(expressions.scalar(primary()), Node.of(Rational.of(2))));
      case "cbrtof" -> scalar(new Root(expressions.scalar(primary()), Node.of(Rational.of(3))));
      case "emptyset" -> new Bag(List.of(), true);
      case "reals" -> reals();
      case "lfloor" -> rounded("floor", "rfloor");
      case "lceil" -> rounded("ceil", "rceil");
      case "degree" -> throw cursor.unreadable("degrees of nothing");
      default -> scalar(new Name(name));
    };
  }

  private Value fraction() throws UnreadableAnswer {
    Node top = argument();
    return scalar(new Quotient(top, argument()));
  }

  /** An argument of {@code \frac}: a group, a letter, or one digit as TeX takes it. */
  private Node argument() throws UnreadableAnswer {
    if (cursor.peek().isNumber()) {
      return ExpressionParser.number(numbers.fractionPart());
    }
    return expressions.scalar(primary());
  }

  private Node root() throws UnreadableAnswer {
    Node degree = Node.of(Rational.of(2));
    if (cursor.take("[")) {
      degree = expressions.expression();
      cursor.expect("]");
    }
    Token next = cursor.peek();
    if (next.isNumber() && next.text().length() > 1 && !next.spaced()) {
      throw cursor.unreadable("a root whose radicand is not clear");
    }
    return new Root(expressions.scalar(primary()), degree);
  }

  private Node function(String name) throws UnreadableAnswer {
    List<Node> arguments = new ArrayList<>();
    Node base = cursor.take("_") ? expressions.scalar(primary()) : null;
    Node power = cursor.take("^") ? expressions.exponent() : null;
    boolean inverse = power instanceof Negative || isMinusOne(power);
    if (inverse && !Set.of("sin", "cos", "tan").contains(name)) {
      throw cursor.unreadable("an inverse of \\" + name);
    }
    if (cursor.at("(") || cursor.at("{")) {
      String close = cursor.next().is("(") ? ")" : "}";
      arguments.add(expressions.expression());
      while (cursor.take(",")) {
        arguments.add(expressions.expression());
      }
      cursor.expect(close);
    } else {
      arguments.add(expressions.argument());
    }
    if (base != null) {
      arguments.add(base);
    }
    int most = Set.of("max", "min", "gcd", "lcm").contains(name) ? 64 : base == null ? 1 : 2;
    if (arguments.size() > most || (base != null && !name.equals("log"))) {
      throw cursor.unreadable("arguments of \\" + name);
    }
    Node call = new Call(inverse ? "arc" + name : name, arguments);
    return power == null || inverse ? call : new Power(call, power);
  }

  private static boolean isMinusOne(@org.jspecify.annotations.Nullable Node power) {
    return power instanceof Node.Exact exact && exact.value().signum() < 0;
  }

  private Value rounded(String function, String close) throws UnreadableAnswer {
    Node inside = expressions.expression();
    if (!cursor.next().isCommand(close)) {
      throw cursor.unreadable("expected \\" + close);
    }
    return scalar(new Call(function, List.of(inside)));
  }

  private static Value reals() {
    Value low = scalar(new Negative(new Name("infty")));
    return new Row("(", ")", List.of(low, scalar(new Name("infty"))));
  }

  private Value bracket() throws UnreadableAnswer {
    Token open = cursor.peek();
    if (open.is("|")) {
      return absolute();
    } else if (open.is("{")) {
      return group();
    } else if (open.is("\\{")) {
      cursor.next();
      return set("\\}");
    } else if (!open.is("(") && !open.is("[")) {
      throw cursor.unreadable("expected a value");
    }
    cursor.next();
    int outer = bars;
    bars = 0;
    List<Value> items = answers.items(false);
    bars = outer;
    String close = cursor.peek().text();
    if (!cursor.take(")") && !cursor.take("]")) {
      throw cursor.unreadable("expected )");
    }
    boolean round = open.is("(") == close.equals(")");
    return items.size() == 1 && round ? items.get(0) : new Row(open.text(), close, items);
  }

  private Value absolute() throws UnreadableAnswer {
    cursor.next();
    bars++;
    Node inside = expressions.expression();
    bars--;
    cursor.expect("|");
    return scalar(new Call("abs", List.of(inside)));
  }

  /** A group of TeX; around several items it is a set whose backslashes were forgotten. */
  private Value group() throws UnreadableAnswer {
    cursor.next();
    List<Value> items = answers.items(false);
    cursor.expect("}");
    return items.size() == 1 ? items.get(0) : new Bag(items, true);
  }

  private Value set(String close) throws UnreadableAnswer {
    if (cursor.take(close)) {
      return new Bag(List.of(), true);
    }
    List<Value> items = answers.items(false);
    if (cursor.at("|") || cursor.at(":") || cursor.peek().isCommand("mid")) {
      throw new UnsupportedAnswer("unsupported: a set by a condition");
    }
    cursor.expect(close);
    return new Bag(items, true);
  }

  private Value matrix(String end) throws UnreadableAnswer {
    cursor.enter();
    List<List<Value>> rows = new ArrayList<>();
    List<Value> row = new ArrayList<>();
    while (true) {
      if (cursor.peek().isCommand(end)) {
        break;
      }
      row.add(answers.item());
      if (cursor.take("\\\\") || cursor.peek().isCommand(end)) {
        rows.add(row);
        row = new ArrayList<>();
      } else {
        cursor.expect("&");
      }
    }
    cursor.next();
    cursor.leave();
    int columns = rows.isEmpty() ? 0 : rows.get(0).size();
    if (columns == 0 || rows.stream().anyMatch(cells -> cells.size() != columns)) {
      throw cursor.unreadable("a matrix whose rows differ in length");
    }
    return new Matrix(rows);
  }

  private static Value scalar(Node node) {
    return new Scalar(node, "");
  }
}
