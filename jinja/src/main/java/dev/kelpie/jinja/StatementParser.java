package dev.kelpie.jinja;

import dev.kelpie.jinja.Statement.Next;
import dev.kelpie.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Parser of Jinja's tags. */
final class StatementParser {
  /** No name of a template can hold a blank. */
  private static final String CAPTURED = "captured text";

  private static final Expression CAPTURED_TEXT = scope -> scope.get(CAPTURED);
  private static final Statement NOTHING = (scope, out) -> Next.STATEMENT;

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  private StatementParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /** The whole template. */
  static Statement parse(String source) {
    StatementParser parser = new StatementParser(new TokenStream(Lexer.tokens(source)));
    Statement body = parser.block(Set.of());
    if (!parser.tokens.peek().is(Kind.END)) {
      throw parser.tokens.unexpected("the end of the template");
    }
    return body;
  }

  /** Statements up to a tag in {@code ends}, whose name is next then, or to the end. */
  private Statement block(Set<String> ends) {
    List<Statement> statements = new ArrayList<>();
    while (!tokens.peek().is(Kind.END)) {
      Token token = tokens.next();
      switch (token.kind()) {
        case TEXT -> statements.add(text(token.text()));
        case PRINT_BEGIN -> statements.add(placed(token));
        default -> {
          if (ends.contains(tokens.peek().text())) {
            return sequence(statements);
          }
          statements.add(placed(token));
        }
      }
    }
    if (!ends.isEmpty()) {
      throw tokens.unexpected(String.join(" or ", new TreeSet<>(ends)));
    }
    return sequence(statements);
  }

  private static Statement text(String text) {
    return (scope, out) -> {
      scope.budget().text(text.length());
      out.append(text);
      return Next.STATEMENT;
    };
  }

  private static Statement sequence(List<Statement> statements) {
    return (scope, out) -> {
      for (Statement statement : statements) {
        Next next = statement.render(scope, out);
        if (next != Next.STATEMENT) {
          return next;
        }
      }
      return Next.STATEMENT;
    };
  }

  /** What {@code begin} opens; errors that do not know their line get its. */
  private Statement placed(Token begin) {
    int outer = tokens.depth();
    Statement statement;
    try {
      tokens.enter();
      statement = begin.is(Kind.PRINT_BEGIN) ? print() : tag();
    } catch (TemplateException e) {
      throw e.at(begin.line());
    }
    tokens.leaveTo(outer);
    return (scope, out) -> {
      try {
        scope.budget().step();
        return statement.render(scope, out);
      } catch (TemplateException e) {
        throw e.at(begin.line());
      }
    };
  }

  private Statement print() {
    Expression value = expressions.tuple();
    tokens.expect(Kind.PRINT_END, "}}");
    return (scope, out) -> {
      out.append(scope.budget().made(Python.str(value.evaluate(scope), scope.budget())));
      return Next.STATEMENT;
    };
  }

  private Statement tag() {
    Token name = tokens.expect(Kind.NAME, "the name of a tag");
    return switch (name.text()) {
      case "if" -> branches();
      case "for" -> loop();
      case "set" -> assignment();
      case "macro" -> macro();
      case "with" -> with();
      case "filter" -> filtered();
      case "generation" -> generation();
      case "break" -> jump(Next.BREAK);
      case "continue" -> jump(Next.CONTINUE);
      default -> throw TemplateException.of("tag %s is not supported", name.text()).at(name.line());
    };
  }

  private Statement jump(Next next) {
    endTag();
    return (scope, out) -> next;
  }

  private void endTag() {
    tokens.expect(Kind.TAG_END, "%}");
  }

  private void endTag(String name) {
    tokens.expectName(name);
    endTag();
  }

  private Statement branches() {
    List<Expression> conditions = new ArrayList<>();
    List<Statement> bodies = new ArrayList<>();
    do {
      conditions.add(expressions.tuple());
      endTag();
      bodies.add(block(Set.of("elif", "else", "endif")));
    } while (tokens.skipName("elif"));
    Statement otherwise = NOTHING;
    if (tokens.skipName("else")) {
      endTag();
      otherwise = block(Set.of("endif"));
    }
    endTag("endif");
    Statement last = otherwise;
    return (scope, out) -> {
      for (int i = 0; i < conditions.size(); i++) {
        scope.budget().step();
        if (Python.truth(conditions.get(i).evaluate(scope))) {
          return bodies.get(i).render(scope, out);
        }
      }
      return last.render(scope, out);
    };
  }

  private Statement loop() {
    List<String> targets = expressions.targets();
    tokens.expectName("in");
    Expression items = expressions.or();
    Optional<Expression> wanted =
        tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
    boolean recursive = tokens.skipName("recursive");
    endTag();
    Statement body = block(Set.of("else", "endfor"));
    Statement otherwise = NOTHING;
    if (tokens.skipName("else")) {
      endTag();
      otherwise = block(Set.of("endfor"));
    }
    endTag("endfor");
    ForLoop loop = new ForLoop(targets, wanted, recursive, body, otherwise);
    return (scope, out) -> loop.render(items.evaluate(scope), scope, out, 0);
  }

  private Statement assignment() {
    if (tokens.peek().is(Kind.NAME) && tokens.peek(1).isOperator(".")) {
      return attributeAssignment();
    }
    List<String> targets = expressions.targets();
    Expression value;
    if (tokens.skipOperator("=")) {
      value = expressions.tuple();
      endTag();
    } else { // set name | filter up to endset: what is rendered between them
      value = captured(CAPTURED_TEXT, "endset");
    }
    return (scope, out) -> {
      ForLoop.assign(targets, value.evaluate(scope), scope);
      return Next.STATEMENT;
    };
  }

  private Statement attributeAssignment() {
    String name = tokens.next().text();
    tokens.next();
    String attribute = tokens.expect(Kind.NAME, "an attribute").text();
    tokens.expectOperator("=");
    Expression value = expressions.tuple();
    endTag();
    return (scope, out) -> {
      if (!(scope.get(name) instanceof Namespace namespace)) {
        throw TemplateException.of("%s.%s: %s is not a namespace", name, attribute, name);
      }
      Functions.requireAttribute(attribute);
      namespace.attributes().put(attribute, value.evaluate(scope));
      return Next.STATEMENT;
    };
  }

  private Statement filtered() {
    Expression captured = captured(expressions.filter(CAPTURED_TEXT), "endfilter");
    return (scope, out) -> {
      out.append(scope.budget().made(Methods.text(captured.evaluate(scope), "filter")));
      return Next.STATEMENT;
    };
  }

  /** The text rendered up to the tag {@code end}, and the filters it goes through. */
  private Expression captured(Expression start, String end) {
    Expression chain = start;
    while (tokens.skipOperator("|")) {
      chain = expressions.filter(chain);
    }
    Expression filters = chain;
    endTag();
    Statement body = block(Set.of(end));
    endTag(end);
    return scope -> {
      Scope inner = scope.inner();
      inner.set(CAPTURED, rendered(body, scope.inner()));
      return filters.evaluate(inner);
    };
  }

  private static String rendered(Statement body, Scope scope) {
    StringBuilder text = new StringBuilder();
    body.render(scope, text);
    return scope.budget().made(text.toString());
  }

  private Statement with() {
    Map<String, Expression> values = new LinkedHashMap<>();
    while (!tokens.peek().is(Kind.TAG_END)) {
      String name = tokens.expect(Kind.NAME, "a name").text();
      tokens.expectOperator("=");
      values.put(name, expressions.expression());
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    endTag();
    Statement body = block(Set.of("endwith"));
    endTag("endwith");
    return (scope, out) -> {
      scope.budget().steps(values.size());
      Scope inner = scope.inner();
      values.forEach((name, value) -> inner.set(name, value.evaluate(scope)));
      return body.render(inner, out);
    };
  }

  /** transformers' mark around what the assistant says. */
  private Statement generation() {
    endTag();
    Statement body = block(Set.of("endgeneration"));
    endTag("endgeneration");
    return (scope, out) -> body.render(scope.inner(), out);
  }

  private Statement macro() {
    String name = tokens.expect(Kind.NAME, "the name of a macro").text();
    tokens.expectOperator("(");
    Map<String, Optional<Expression>> parameters = new LinkedHashMap<>();
    tokens.items(")", () -> parameter(parameters));
    endTag();
    Statement body = block(Set.of("endmacro"));
    endTag("endmacro");
    return (scope, out) -> {
      scope.set(name, (JinjaCallable) arguments -> call(name, parameters, body, scope, arguments));
      return Next.STATEMENT;
    };
  }

  private void parameter(Map<String, Optional<Expression>> parameters) {
    String name = tokens.expect(Kind.NAME, "a parameter").text();
    boolean optional = tokens.skipOperator("=");
    parameters.put(name, optional ? Optional.of(expressions.expression()) : Optional.empty());
  }

  private static Object call(
      String name,
      Map<String, Optional<Expression>> parameters,
      Statement body,
      Scope scope,
      Arguments arguments) {
    scope.budget().steps(4L + parameters.size());
    Map<String, Object> given = arguments.bind(name, parameters.keySet().toArray(String[]::new));
    Scope inner = scope.inner();
    for (Map.Entry<String, Optional<Expression>> parameter : parameters.entrySet()) {
      String key = parameter.getKey();
      Object value = given.get(key);
      if (value == null) {
        value =
            parameter
                .getValue()
                .map(expression -> expression.evaluate(inner))
                .orElseGet(() -> new Undefined(key));
      }
      inner.set(key, value);
    }
    return rendered(body, inner);
  }
}
