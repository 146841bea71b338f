package dev.kelpie.jinja;

import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template, set up as transformers does for chat templates: {@code trim_blocks} and {@code
 * lstrip_blocks} on, no escaping, values cannot be changed. Renders what Jinja2 renders, or throws.
 * Text in variables is never run as template code. May be used from several threads.
 */
public final class Template {
  private static final int MOST_CHARACTERS = 1 << 20;

  private final Statement body;

  private Template(Statement body) {
    this.body = body;
  }

  /**
   * Parses {@code source}.
   *
   * @throws TemplateException on broken syntax, and on tags, filters and tests that are not
   *     supported
   */
  public static Template parse(String source) {
    if (source.length() > MOST_CHARACTERS) {
      throw TemplateException.of(
          "%s characters (expected: at most %s)", source.length(), MOST_CHARACTERS);
    }
    try {
      return new Template(StatementParser.parse(source));
    } catch (StackOverflowError e) { // on a thread with a small stack
      throw Budget.tooDeep();
    }
  }

  /**
   * The text with {@code variables}: null, booleans, numbers, strings, lists and maps.
   *
   * @param clock what {@code strftime_now} reads
   * @throws TemplateException if the template raises, or does what Python or we refuse
   */
  public String render(Map<String, ? extends @Nullable Object> variables, Clock clock) {
    return render(variables, clock, new Budget());
  }

  String render(Map<String, ? extends @Nullable Object> variables, Clock clock, Budget budget) {
    Scope scope = Scope.of(Functions.all(clock), budget).inner();
    StringBuilder text = new StringBuilder();
    try {
      variables.forEach((name, value) -> scope.set(name, imported(value, 0, budget)));
      body.render(scope.inner(), text);
    } catch (StackOverflowError e) { // on a thread with a small stack
      throw Budget.tooDeep();
    }
    return text.toString();
  }

  private static Object imported(@Nullable Object value, int depth, Budget budget) {
    if (depth > Budget.MOST_DEPTH) {
      throw Budget.tooDeep();
    } else if (value == null) {
      return None.NONE;
    } else if (value instanceof Map<?, ?> map) {
      Map<Object, Object> values = new LinkedHashMap<>();
      map.forEach(
          (key, item) ->
              values.put(imported(key, depth + 1, budget), imported(item, depth + 1, budget)));
      return values;
    } else if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>();
      list.forEach(item -> items.add(imported(item, depth + 1, budget)));
      budget.givenList(items.size());
      return items;
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Float number) {
      return number.doubleValue();
    } else if (value instanceof String text) {
      budget.givenText(text.length());
      return text;
    } else if (value instanceof Boolean
        || value instanceof Long
        || value instanceof Double
        || value instanceof BigInteger) {
      return value;
    }
    throw TemplateException.of("a variable of %s", value.getClass());
  }
}
