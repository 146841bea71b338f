package dev.kelpie.model.template;

import dev.kelpie.model.template.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Jinja's expressions, loosest operator first. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> NOT_SUPPORTED = Set.of("varargs", "kwargs", "caller", "super");

  private final Tokens tokens;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
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
    while (tokens.skipOperator(",") && startsExpression()) {
      items.add(expression());
    }
    return scope -> new Tuple(evaluate(items, scope));
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
      value = postfix(primary());
    }
    return withFilters ? filters(value) : value;
  }

  private Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> name(token);
      case STRING -> constant(joined(token));
      case INTEGER -> constant(Operators.whole(new BigInteger(token.text())));
      case FLOAT -> constant(Double.valueOf(token.text()));
      default -> bracketed(token);
    };
  }

  private static Expression constant(Object value) {
    return scope -> value;
  }

  /** Strings that follow each other are one. */
  private String joined(Token first) {
    StringBuilder text = new StringBuilder(first.text());
    while (tokens.peek().is(Kind.STRING)) {
      text.append(tokens.next().text());
    }
    return text.toString();
  }

  private Expression bracketed(Token token) {
    if (token.isOperator("(")) {
      return parenthesised();
    } else if (token.isOperator("[")) {
      List<Expression> items = list("]");
      return scope -> new ArrayList<>(evaluate(items, scope));
    } else if (token.isOperator("{")) {
      return dict();
    }
    throw TemplateException.of("%s (expected: an expression)", token).at(token.line());
  }

  private static Expression name(Token token) {
    String name = token.text();
    if (NOT_SUPPORTED.contains(name)) {
      throw TemplateException.of("%s is not supported", name).at(token.line());
    }
    return switch (name) {
      case "true", "True" -> scope -> true;
      case "false", "False" -> scope -> false;
      case "none", "None" -> scope -> None.NONE;
      default -> scope -> scope.get(name);
    };
  }

  private Expression parenthesised() {
    if (tokens.skipOperator(")")) {
      return scope -> new Tuple(List.of());
    }
    Expression inside = tuple();
    tokens.expectOperator(")");
    return inside;
  }

  private List<Expression> list(String close) {
    List<Expression> items = new ArrayList<>();
    while (!tokens.skipOperator(close)) {
      items.add(expression());
      if (!tokens.peek().isOperator(close)) {
        tokens.expectOperator(",");
      }
    }
    return items;
  }

  private Expression dict() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      keys.add(expression());
      tokens.expectOperator(":");
      values.add(expression());
      if (!tokens.peek().isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return scope -> {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        map.put(keys.get(i).evaluate(scope), values.get(i).evaluate(scope));
      }
      return map;
    };
  }

  private Expression postfix(Expression start) {
    Expression value = start;
    while (true) {
      Expression object = value;
      if (tokens.skipOperator(".")) {
        value = member(object);
      } else if (tokens.skipOperator("[")) {
        value = subscript(object);
      } else if (tokens.skipOperator("(")) {
        value = call(object);
      } else {
        return value;
      }
    }
  }

  private Expression member(Expression object) {
    Token token = tokens.next();
    if (token.is(Kind.INTEGER)) {
      Object index = Long.valueOf(token.text());
      return scope -> Access.item(object.evaluate(scope), index);
    } else if (token.is(Kind.NAME)) {
      return scope -> Access.attribute(object.evaluate(scope), token.text());
    }
    throw TemplateException.of("%s (expected: a name)", token).at(token.line());
  }

  private Expression subscript(Expression object) {
    Expression none = scope -> None.NONE;
    Expression start = tokens.peek().isOperator(":") ? none : expression();
    if (tokens.skipOperator("]")) {
      return scope -> Access.item(object.evaluate(scope), start.evaluate(scope));
    }
    tokens.expectOperator(":");
    boolean stops = !tokens.peek().isOperator(":") && !tokens.peek().isOperator("]");
    Expression stop = stops ? expression() : none;
    boolean steps = tokens.skipOperator(":") && !tokens.peek().isOperator("]");
    Expression step = steps ? expression() : none;
    tokens.expectOperator("]");
    return scope ->
        Access.slice(
            object.evaluate(scope),
            start.evaluate(scope),
            stop.evaluate(scope),
            step.evaluate(scope));
  }

  private Expression call(Expression function) {
    Call call = arguments();
    return scope -> {
      Object callee = function.evaluate(scope);
      if (callee instanceof Callable callable) {
        return callable.call(call.evaluate(scope));
      }
      throw TemplateException.of("%s cannot be called", Python.type(callee));
    };
  }

  private Expression filters(Expression start) {
    Expression value = start;
    while (true) {
      if (tokens.skipOperator("|")) {
        value = filter(value);
      } else if (tokens.skipName("is")) {
        value = test(value);
      } else if (tokens.skipOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  /** The filter whose name comes next, on {@code value}. */
  Expression filter(Expression value) {
    Filters.Filter filter = Filters.named(tokens.expect(Kind.NAME, "a filter").text());
    Call call = tokens.skipOperator("(") ? arguments() : Call.NONE;
    return scope -> filter.apply(value.evaluate(scope), call.evaluate(scope));
  }

  private Expression test(Expression value) {
    boolean negated = tokens.skipName("not");
    Token name = tokens.expect(Kind.NAME, "a test");
    Tests.Test test = Tests.named(name.text());
    Call call;
    if (tokens.skipOperator("(")) {
      call = arguments();
    } else if (startsTestArgument()) {
      call = new Call(List.of(postfix(primary())), Map.of());
    } else {
      call = Call.NONE;
    }
    return scope -> test.holds(value.evaluate(scope), call.evaluate(scope)) != negated;
  }

  /** Jinja takes a single argument of a test without brackets. */
  private boolean startsTestArgument() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !Set.of("else", "or", "and", "if", "is", "in", "not").contains(token.text());
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }

  private boolean startsExpression() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT, NAME -> true;
      default -> token.is(Kind.OPERATOR) && Set.of("(", "[", "{", "-", "+").contains(token.text());
    };
  }

  /** Arguments behind an opening bracket. */
  private Call arguments() {
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.skipOperator(")")) {
      if (tokens.peek().is(Kind.NAME) && tokens.peek(1).isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        named.put(name, expression());
      } else if (named.isEmpty()) {
        positional.add(expression());
      } else {
        throw tokens.unexpected("an argument by name");
      }
      if (!tokens.peek().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new Call(positional, named);
  }

  private record Call(List<Expression> positional, Map<String, Expression> named) {
    static final Call NONE = new Call(List.of(), Map.of());

    Arguments evaluate(Scope scope) {
      Map<String, Object> values = new LinkedHashMap<>();
      named.forEach((name, value) -> values.put(name, value.evaluate(scope)));
      return new Arguments(ExpressionParser.evaluate(positional, scope), values);
    }
  }

  private static List<Object> evaluate(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>();
    expressions.forEach(expression -> values.add(expression.evaluate(scope)));
    return values;
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

  /** A default behind a parameter of a macro. */
  Optional<Expression> parameterDefault() {
    return tokens.skipOperator("=") ? Optional.of(expression()) : Optional.empty();
  }
}
