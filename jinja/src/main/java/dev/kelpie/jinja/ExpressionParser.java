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
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression condition = or();
      Expression then = value;
      Expression otherwise =
          tokens.skipName("else")
              ? expression()
              : scope -> new Undefined("value of an if without else");
      value =
          scope ->
              Python.truth(condition.evaluate(scope))
                  ? then.evaluate(scope)
                  : otherwise.evaluate(scope);
    }
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
    Expression left = and();
    while (tokens.skipName("or")) {
      Expression a = left;
      Expression b = and();
      left =
          scope -> {
            Object value = a.evaluate(scope);
            return Python.truth(value) ? value : b.evaluate(scope);
          };
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.skipName("and")) {
      Expression a = left;
      Expression b = not();
      left =
          scope -> {
            Object value = a.evaluate(scope);
            return Python.truth(value) ? b.evaluate(scope) : value;
          };
    }
    return left;
  }

  private Expression not() {
    if (tokens.skipName("not")) {
      Expression value = not();
      return scope -> !Python.truth(value.evaluate(scope));
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
      if (!holds(operators.get(i), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private static boolean holds(String operator, Object a, Object b) {
    return switch (operator) {
      case "==" -> Python.equal(a, b);
      case "!=" -> !Python.equal(a, b);
      case "<" -> Python.compare(a, b) < 0;
      case "<=" -> Python.compare(a, b) <= 0;
      case ">" -> Python.compare(a, b) > 0;
      case ">=" -> Python.compare(a, b) >= 0;
      case "in" -> Python.contains(b, a);
      default -> !Python.contains(b, a);
    };
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.peek().isOperator("+") || tokens.peek().isOperator("-")) {
      left = binary(tokens.next().text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (tokens.skipOperator("~")) {
      left = binary("~", left, product());
    }
    return left;
  }

  private Expression product() {
    Expression left = power();
    while (Set.of("*", "/", "//", "%").contains(tokens.peek().text())
        && tokens.peek().is(Kind.OPERATOR)) {
      left = binary(tokens.next().text(), left, power());
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.skipOperator("**")) {
      left = binary("**", left, unary(true));
    }
    return left;
  }

  private static Expression binary(String operator, Expression a, Expression b) {
    return scope -> Operators.apply(operator, a.evaluate(scope), b.evaluate(scope));
  }

  private Expression unary(boolean withFilters) {
    Expression value;
    if (tokens.skipOperator("-")) {
      Expression negated = unary(false);
      value = scope -> Operators.negate(negated.evaluate(scope));
    } else if (tokens.skipOperator("+")) {
      value = unary(false);
    } else {
      value = terms.term();
    }
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
    do {
      names.add(tokens.expect(Kind.NAME, "a name").text());
    } while (tokens.skipOperator(",") && tokens.peek().is(Kind.NAME));
    if (bracket) {
      tokens.expectOperator(")");
    }
    return names;
  }
}
