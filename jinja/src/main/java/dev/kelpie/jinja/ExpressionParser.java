package dev.kelpie.jinja;

import dev.kelpie.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parser of Jinja's expressions, loosest operator first. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;
  private final TermParser terms;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.terms = new TermParser(tokens, this);
  }

  /** {@code a if condition else b}. */
  Expression expression() {
    int outer = tokens.depth();
    tokens.enter();
    Expression value = or();
    while (tokens.skipName("if")) {
      tokens.enter();
      Expression condition = or();
      Expression then = value;
      Expression otherwise =
          tokens.skipName("else")
              ? expression()
              : scope -> new Undefined("value of an if without else");
      value =
          scope -> {
            scope.budget().step();
            return Python.truth(condition.evaluate(scope))
                ? then.evaluate(scope)
                : otherwise.evaluate(scope);
          };
    }
    tokens.leaveTo(outer);
    return value;
  }

  /** One expression, or several with commas between them as a tuple. */
  Expression tuple() {
    Expression first = expression();
    if (!tokens.peek().isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",") && terms.startsExpression()) {
      items.add(expression());
    }
    return scope -> new Tuple(TermParser.evaluate(items, scope));
  }

  /** An expression without {@code if}, which means something else behind it. */
  Expression or() {
    int outer = tokens.depth();
    Expression left = and();
    while (tokens.skipName("or")) {
      tokens.enter();
      Expression a = left;
      Expression b = and();
      left =
          scope -> {
            scope.budget().step();
            Object value = a.evaluate(scope);
            return Python.truth(value) ? value : b.evaluate(scope);
          };
    }
    tokens.leaveTo(outer);
    return left;
  }

  private Expression and() {
    int outer = tokens.depth();
    Expression left = not();
    while (tokens.skipName("and")) {
      tokens.enter();
      Expression a = left;
      Expression b = not();
      left =
          scope -> {
            scope.budget().step();
            Object value = a.evaluate(scope);
            return Python.truth(value) ? b.evaluate(scope) : value;
          };
    }
    tokens.leaveTo(outer);
    return left;
  }

  private Expression not() {
    if (tokens.skipName("not")) {
      int outer = tokens.depth();
      tokens.enter();
      Expression value = not();
      tokens.leaveTo(outer);
      return scope -> {
        scope.budget().step();
        return !Python.truth(value.evaluate(scope));
      };
    }
    return comparison();
  }

  /** A chain: {@code a < b < c} is {@code a < b and b < c}. */
  private Expression comparison() {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
        operators.add(tokens.next().text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (token.isName("not") && tokens.peek(1).isName("in")) {
        tokens.next();
        tokens.next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    return operators.isEmpty() ? first : scope -> holds(scope, first, operators, others);
  }

  private static Object holds(
      Scope scope, Expression first, List<String> operators, List<Expression> others) {
    Object left = first.evaluate(scope);
    for (int i = 0; i < operators.size(); i++) {
      Object right = others.get(i).evaluate(scope);
      if (!holds(operators.get(i), left, right, scope.budget())) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private static boolean holds(String operator, Object a, Object b, Budget budget) {
    return switch (operator) {
      case "==" -> Python.equal(a, b, budget);
      case "!=" -> !Python.equal(a, b, budget);
      case "<" -> Python.compare(a, b, budget) < 0;
      case "<=" -> Python.compare(a, b, budget) <= 0;
      case ">" -> Python.compare(a, b, budget) > 0;
      case ">=" -> Python.compare(a, b, budget) >= 0;
      case "in" -> Python.contains(b, a, budget);
      default -> !Python.contains(b, a, budget);
    };
  }

  private Expression sum() {
    int outer = tokens.depth();
    Expression left = concatenation();
    while (tokens.peek().isOperator("+") || tokens.peek().isOperator("-")) {
      tokens.enter();
      left = binary(tokens.next().text(), left, concatenation());
    }
    tokens.leaveTo(outer);
    return left;
  }

  private Expression concatenation() {
    int outer = tokens.depth();
    Expression left = product();
    while (tokens.skipOperator("~")) {
      tokens.enter();
      left = binary("~", left, product());
    }
    tokens.leaveTo(outer);
    return left;
  }

  private Expression product() {
    int outer = tokens.depth();
    Expression left = power();
    while (Set.of("*", "/", "//", "%").contains(tokens.peek().text())
        && tokens.peek().is(Kind.OPERATOR)) {
      tokens.enter();
      left = binary(tokens.next().text(), left, power());
    }
    tokens.leaveTo(outer);
    return left;
  }

  private Expression power() {
    int outer = tokens.depth();
    Expression left = unary(true);
    while (tokens.skipOperator("**")) {
      tokens.enter();
      left = binary("**", left, unary(true));
    }
    tokens.leaveTo(outer);
    return left;
  }

  private static Expression binary(String operator, Expression a, Expression b) {
    return scope -> Operators.apply(operator, a.evaluate(scope), b.evaluate(scope), scope.budget());
  }

  private Expression unary(boolean withFilters) {
    int outer = tokens.depth();
    tokens.enter();
    Expression value;
    if (tokens.skipOperator("-")) {
      Expression negated = unary(false);
      value = scope -> Operators.negate(negated.evaluate(scope), scope.budget());
    } else if (tokens.skipOperator("+")) {
      Expression number = unary(false);
      value = scope -> Operators.positive(number.evaluate(scope), scope.budget());
    } else {
      value = terms.term();
    }
    tokens.leaveTo(outer);
    return withFilters ? terms.filters(value) : value;
  }

  /** The filter whose name comes next, on {@code value}. */
  Expression filter(Expression value) {
    return terms.filter(value);
  }

  /** The names that a loop or an assignment gives values to. */
  List<String> targets() {
    List<String> names = new ArrayList<>();
    boolean bracket = tokens.skipOperator("(");
    boolean comma;
    do {
      names.add(tokens.expect(Kind.NAME, "a name").text());
      comma = tokens.skipOperator(",");
    } while (comma && tokens.peek().is(Kind.NAME));
    if (comma && names.size() == 1) { // Python takes a list of one value for it
      throw tokens.unexpected("a second name");
    }
    if (bracket) {
      tokens.expectOperator(")");
    }
    return names;
  }
}
