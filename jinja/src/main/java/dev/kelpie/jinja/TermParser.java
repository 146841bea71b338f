package dev.kelpie.jinja;

import dev.kelpie.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parser of the operands of Jinja's operators: literals, names, members, calls, filters and tests.
 */
final class TermParser {
  private static final Set<String> NOT_SUPPORTED = Set.of("varargs", "kwargs", "caller", "super");

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  TermParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A literal or a name, and what is taken from it. */
  Expression term() {
    return postfix(primary());
  }

  private Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> name(token);
      case STRING -> constant(joined(token));
      case INTEGER -> constant(Numbers.literal(token.text()));
      case FLOAT -> constant(real(token));
      default -> bracketed(token);
    };
  }

  private static Object real(Token token) {
    Double value = Double.valueOf(token.text());
    if (value.isInfinite()) {
      throw TemplateException.of("a number that is not finite is not supported").at(token.line());
    }
    return value;
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
      List<Expression> items = new ArrayList<>();
      tokens.items("]", () -> items.add(expressions.expression()));
      return scope -> evaluate(items, scope);
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
    Expression inside = expressions.tuple();
    tokens.expectOperator(")");
    return inside;
  }

  private Expression dict() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    tokens.items(
        "}",
        () -> {
          keys.add(expressions.expression());
          tokens.expectOperator(":");
          values.add(expressions.expression());
        });
    return scope -> {
      scope.budget().items(keys.size());
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        map.put(
            Python.key(keys.get(i).evaluate(scope), scope.budget()), values.get(i).evaluate(scope));
      }
      return map;
    };
  }

  private Expression postfix(Expression start) {
    int outer = tokens.depth();
    Expression value = start;
    while (true) {
      Expression object = value;
      tokens.enter();
      if (tokens.skipOperator(".")) {
        value = member(object);
      } else if (tokens.skipOperator("[")) {
        value = subscript(object);
      } else if (tokens.skipOperator("(")) {
        value = call(object);
      } else {
        tokens.leaveTo(outer);
        return value;
      }
    }
  }

  private Expression member(Expression object) {
    Token token = tokens.next();
    if (token.is(Kind.INTEGER)) {
      Object index = Numbers.literal(token.text());
      return scope -> Access.item(object.evaluate(scope), index, scope.budget());
    } else if (token.is(Kind.NAME)) {
      return scope -> Access.attribute(object.evaluate(scope), token.text(), scope.budget());
    }
    throw TemplateException.of("%s (expected: a name)", token).at(token.line());
  }

  private Expression subscript(Expression object) {
    Expression none = scope -> None.NONE;
    Expression start = tokens.peek().isOperator(":") ? none : expressions.expression();
    if (tokens.skipOperator("]")) {
      return scope -> Access.item(object.evaluate(scope), start.evaluate(scope), scope.budget());
    }
    tokens.expectOperator(":");
    boolean stops = !tokens.peek().isOperator(":") && !tokens.peek().isOperator("]");
    Expression stop = stops ? expressions.expression() : none;
    boolean steps = tokens.skipOperator(":") && !tokens.peek().isOperator("]");
    Expression step = steps ? expressions.expression() : none;
    tokens.expectOperator("]");
    return scope ->
        Access.slice(
            object.evaluate(scope),
            start.evaluate(scope),
            stop.evaluate(scope),
            step.evaluate(scope),
            scope.budget());
  }

  private Expression call(Expression function) {
    int depth = tokens.depth();
    Call call = arguments();
    return scope -> {
      Object callee = function.evaluate(scope);
      if (callee instanceof JinjaCallable callable) {
        Arguments given = call.evaluate(scope);
        scope.budget().step();
        scope.budget().enter(depth);
        Object result = callable.call(given);
        scope.budget().leave(depth);
        return result;
      }
      throw TemplateException.of("%s cannot be called", Python.type(callee));
    };
  }

  /** {@code start}, and the filters and tests behind it. */
  Expression filters(Expression start) {
    int outer = tokens.depth();
    Expression value = start;
    while (true) {
      tokens.enter();
      if (tokens.skipOperator("|")) {
        value = filter(value);
      } else if (tokens.skipName("is")) {
        value = test(value);
      } else if (tokens.skipOperator("(")) {
        value = call(value);
      } else {
        tokens.leaveTo(outer);
        return value;
      }
    }
  }

  /** The filter whose name comes next, on {@code value}. */
  Expression filter(Expression value) {
    Filters.Filter filter = Filters.named(tokens.expect(Kind.NAME, "a filter").text());
    Call call = tokens.skipOperator("(") ? arguments() : Call.NONE;
    return scope -> filter.counted(value.evaluate(scope), call.evaluate(scope));
  }

  private Expression test(Expression value) {
    boolean negated = tokens.skipName("not");
    Token name = tokens.expect(Kind.NAME, "a test");
    JinjaTests.Test test = JinjaTests.named(name.text());
    Call call;
    if (tokens.skipOperator("(")) {
      call = arguments();
    } else if (startsTestArgument()) {
      call = new Call(List.of(postfix(primary())), Map.of());
    } else {
      call = Call.NONE;
    }
    return scope -> {
      scope.budget().step();
      return test.holds(value.evaluate(scope), call.evaluate(scope)) != negated;
    };
  }

  /** Jinja takes a single argument of a test without brackets. */
  private boolean startsTestArgument() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> {
        if (Set.of("if", "in", "is", "not").contains(token.text())) { // Jinja takes it as a name
          throw tokens.unexpected("brackets around the test");
        }
        yield !Set.of("else", "or", "and").contains(token.text());
      }
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }

  /** Whether an expression can come next. */
  boolean startsExpression() {
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
    tokens.items(")", () -> argument(positional, named));
    return new Call(positional, named);
  }

  private void argument(List<Expression> positional, Map<String, Expression> named) {
    if (tokens.peek().is(Kind.NAME) && tokens.peek(1).isOperator("=")) {
      String name = tokens.next().text();
      tokens.next();
      named.put(name, expressions.expression());
    } else if (named.isEmpty()) {
      positional.add(expressions.expression());
    } else {
      throw tokens.unexpected("an argument by name");
    }
  }

  private record Call(List<Expression> positional, Map<String, Expression> named) {
    static final Call NONE = new Call(List.of(), Map.of());

    Arguments evaluate(Scope scope) {
      Map<String, Object> values = new LinkedHashMap<>();
      scope.budget().items(named.size());
      named.forEach((name, value) -> values.put(name, value.evaluate(scope)));
      return new Arguments(TermParser.evaluate(positional, scope), values, scope.budget());
    }
  }

  /** The values of {@code expressions}, in order. */
  static List<Object> evaluate(List<Expression> expressions, Scope scope) {
    scope.budget().items(expressions.size());
    List<Object> values = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> values.add(expression.evaluate(scope)));
    return values;
  }
}
