package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Jinja's filters. */
final class Filters {
  /** What follows {@code |}. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments arguments);

    /** The same, counted as a step. */
    default Object counted(Object value, Arguments arguments) {
      arguments.budget().step();
      return apply(value, arguments);
    }
  }

  private static final Map<String, Filter> ALL =
      Map.ofEntries(
          Map.entry("abs", (v, a) -> absolute(v, a.budget())),
          Map.entry(
              "capitalize", (v, a) -> Strings.capitalize(Python.str(v, a.budget()), a.budget())),
          Map.entry("count", (v, a) -> Python.length(v, a.budget())),
          Map.entry("d", Filters::orDefault),
          Map.entry("default", Filters::orDefault),
          Map.entry("dictsort", Filters::dictsort),
          Map.entry("first", (v, a) -> first(Python.items(v, a.budget()))),
          Map.entry("float", Filters::real),
          Map.entry("indent", Filters::indent),
          Map.entry("int", Filters::whole),
          Map.entry("items", Filters::items),
          Map.entry("join", Filters::join),
          Map.entry("last", (v, a) -> last(v, a.budget())),
          Map.entry("length", (v, a) -> Python.length(v, a.budget())),
          Map.entry("list", (v, a) -> copy(v, a.budget())),
          Map.entry("lower", (v, a) -> Strings.lower(Python.str(v, a.budget()), a.budget())),
          Map.entry("map", Filters::map),
          Map.entry("max", (v, a) -> extreme(v, a, Comparator.reverseOrder())),
          Map.entry("min", (v, a) -> extreme(v, a, Comparator.naturalOrder())),
          Map.entry("reject", (v, a) -> select(v, a, false)),
          Map.entry("rejectattr", (v, a) -> selectAttribute(v, a, false)),
          Map.entry("replace", Filters::replace),
          Map.entry("reverse", Filters::reverse),
          Map.entry("safe", Filters::safe),
          Map.entry("select", (v, a) -> select(v, a, true)),
          Map.entry("selectattr", (v, a) -> selectAttribute(v, a, true)),
          Map.entry("sort", Filters::sort),
          Map.entry("string", (v, a) -> Python.str(v, a.budget())),
          Map.entry("sum", Filters::sum),
          Map.entry("tojson", Json::tojson),
          Map.entry("trim", Filters::trim),
          Map.entry("unique", Filters::unique),
          Map.entry("upper", (v, a) -> Strings.upper(Python.str(v, a.budget()), a.budget())));

  private static final Set<String> WITHOUT_ARGUMENTS =
      Set.of(
          "abs",
          "capitalize",
          "count",
          "first",
          "last",
          "length",
          "list",
          "lower",
          "safe",
          "string",
          "upper");

  private Filters() {}

  /** Whether there is a filter called {@code name}. */
  static boolean has(String name) {
    return ALL.containsKey(name);
  }

  /** The filter called {@code name}; throws if there is none. */
  static Filter named(String name) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw TemplateException.of("filter %s is not supported", name);
    }
    return (value, arguments) -> {
      if (value instanceof SafeText && !name.equals("safe")) {
        throw TemplateException.of("%s of a safe text is not supported", name);
      }
      if (WITHOUT_ARGUMENTS.contains(name)) {
        arguments.bind(name);
      }
      return filter.apply(value, arguments);
    };
  }

  private static Object empty(String what) {
    return new Undefined(what + " of nothing");
  }

  private static Object safe(Object value, Arguments arguments) {
    return value instanceof SafeText ? value : new SafeText(Python.str(value, arguments.budget()));
  }

  private static Object first(List<Object> items) {
    return items.isEmpty() ? empty("first") : items.get(0);
  }

  private static Object last(Object value, Budget budget) {
    if (value instanceof Generated generated && !generated.sized()) {
      throw TemplateException.of("last of a generator (expected: |list before it)");
    }
    List<Object> items = Python.items(value, budget);
    return items.isEmpty() ? empty("last") : items.get(items.size() - 1);
  }

  private static List<Object> copy(Object value, Budget budget) {
    List<Object> items = Python.items(value, budget);
    budget.items(items.size());
    return new ArrayList<>(items);
  }

  private static Object absolute(Object value, Budget budget) {
    if (!Python.isNumeric(value) || value instanceof Boolean) {
      throw TemplateException.of("abs: %s (expected: a number)", Python.type(value));
    }
    return Python.compare(value, 0L, budget) < 0 ? Operators.negate(value, budget) : value;
  }

  private static Object orDefault(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("default", "default_value", "boolean");
    boolean replaced =
        value instanceof Undefined
            || (Python.truth(options.getOrDefault("boolean", false)) && !Python.truth(value));
    return replaced ? options.getOrDefault("default_value", "") : value;
  }

  private static Object trim(Object value, Arguments arguments) {
    Object chars = arguments.bind("trim", "chars").getOrDefault("chars", None.NONE);
    return Strings.strip(Python.str(value, arguments.budget()), chars, 3, arguments.budget());
  }

  private static Object indent(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("indent", "width", "first", "blank");
    Object width = options.getOrDefault("width", 4L);
    return Strings.indent(
        Methods.text(value, "indent"),
        width instanceof String text ? text : blanks(width, arguments.budget()),
        Python.truth(options.getOrDefault("first", false)),
        Python.truth(options.getOrDefault("blank", false)),
        arguments.budget());
  }

  /** As many blanks as {@code count} says. */
  static String blanks(Object count, Budget budget) {
    int width = Math.max(0, Python.integer(count, "indent"));
    budget.text(width);
    return " ".repeat(width);
  }

  private static Object replace(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("replace", "old", "new", "count");
    Object count = options.getOrDefault("count", None.NONE);
    return Strings.replace(
        Python.str(value, arguments.budget()),
        part(options, "old", arguments),
        part(options, "new", arguments),
        count instanceof None ? -1 : Python.integer(count, "count"),
        arguments.budget());
  }

  private static String part(Map<String, Object> options, String name, Arguments arguments) {
    Object part = options.get(name);
    if (part == null) {
      throw TemplateException.of("replace: no %s text", name);
    }
    return Python.str(part, arguments.budget());
  }

  private static Object join(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("join", "d", "attribute");
    Object attribute = options.getOrDefault("attribute", None.NONE);
    Budget budget = arguments.budget();
    Function<Object, Object> path =
        attribute instanceof None ? item -> item : path(attribute, budget);
    String separator = Python.str(options.getOrDefault("d", ""), budget);
    StringBuilder text = new StringBuilder();
    boolean first = true;
    for (Object item : Python.items(value, budget)) {
      String part = Python.str(path.apply(item), budget);
      budget.step();
      budget.text((long) separator.length() + part.length());
      text.append(first ? "" : separator).append(part);
      first = false;
    }
    return text.toString();
  }

  private static Object items(Object value, Arguments arguments) {
    arguments.bind("items");
    if (value instanceof Undefined) {
      return new Generated(List.of(), false);
    } else if (value instanceof Map<?, ?> map) {
      return new Generated(Methods.pairs(map, arguments.budget()), false);
    }
    throw TemplateException.of("items: %s (expected: a dict)", Python.type(value));
  }

  private static Object dictsort(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
    if (!options.getOrDefault("by", "key").equals("key") || !(value instanceof Map<?, ?> map)) {
      throw TemplateException.of("dictsort: not supported (expected: a dict, by key)");
    }
    boolean exact = Python.truth(options.getOrDefault("case_sensitive", false));
    Comparator<Object> order =
        order(exact, pair -> ((Tuple) pair).items().get(0), arguments.budget());
    return sorted(Methods.pairs(map, arguments.budget()), order, options, arguments.budget());
  }

  private static Object sort(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
    Object attribute = options.getOrDefault("attribute", None.NONE);
    boolean exact = Python.truth(options.getOrDefault("case_sensitive", false));
    Function<Object, Object> key =
        attribute instanceof None ? item -> item : path(attribute, arguments.budget());
    Comparator<Object> order = order(exact, key, arguments.budget());
    return sorted(Python.items(value, arguments.budget()), order, options, arguments.budget());
  }

  private static Comparator<Object> order(
      boolean exact, Function<Object, Object> key, Budget budget) {
    return (a, b) ->
        Python.compare(
            folded(exact, key.apply(a), budget), folded(exact, key.apply(b), budget), budget);
  }

  private static Object folded(boolean exact, Object key, Budget budget) {
    return key instanceof String text && !exact ? Strings.lower(text, budget) : key;
  }

  private static Object sorted(
      List<Object> items, Comparator<Object> order, Map<String, Object> options, Budget budget) {
    budget.items(items.size());
    List<Object> sorted = new ArrayList<>(items);
    sorted.sort(flag(options, "reverse") ? order.reversed() : order);
    return sorted;
  }

  private static boolean flag(Map<String, Object> options, String name) {
    if (options.getOrDefault(name, false) instanceof Boolean flag) {
      return flag;
    }
    throw TemplateException.of("%s: not a boolean (expected: true or false)", name);
  }

  private static Object unique(Object value, Arguments arguments) {
    arguments.bind("unique");
    List<Object> kept = new ArrayList<>();
    List<Object> seen = new ArrayList<>();
    for (Object item : Python.items(value, arguments.budget())) {
      Object key = folded(false, item, arguments.budget());
      if (!Python.contains(seen, key, arguments.budget())) {
        arguments.budget().items(2);
        seen.add(key);
        kept.add(item);
      }
    }
    return new Generated(kept, false);
  }

  private static Object reverse(Object value, Arguments arguments) {
    arguments.bind("reverse");
    if (value instanceof String) {
      return Access.slice(value, None.NONE, None.NONE, -1L, arguments.budget());
    }
    List<Object> items = copy(value, arguments.budget());
    Collections.reverse(items);
    return new Generated(items, false);
  }

  private static Object extreme(Object value, Arguments arguments, Comparator<Integer> sign) {
    arguments.bind("min or max");
    Comparator<Object> order = order(false, item -> item, arguments.budget());
    return Python.items(value, arguments.budget()).stream()
        .reduce((a, b) -> sign.compare(order.compare(a, b), 0) <= 0 ? a : b)
        .orElse(empty("min or max"));
  }

  private static Object sum(Object value, Arguments arguments) {
    arguments.bind("sum");
    return Python.items(value, arguments.budget()).stream()
        .reduce(0L, (a, b) -> Operators.apply("+", a, b, arguments.budget()));
  }

  private static Object whole(Object value, Arguments arguments) {
    Object otherwise = arguments.bind("int", "default").getOrDefault("default", 0L);
    if (Python.isNumeric(value)) {
      arguments.budget().steps(4);
      return value instanceof Double number && Math.abs(number) < 1L << 62
          ? Long.valueOf(number.longValue())
          : Operators.whole(Python.decimal(value).toBigInteger());
    }
    return value instanceof String text
        ? Numbers.whole(text, otherwise, arguments.budget())
        : notWhole(value, otherwise);
  }

  private static Object notWhole(Object value, Object otherwise) {
    if (value instanceof Undefined) {
      throw TemplateException.of("int: %s (expected: a number)", Python.type(value));
    }
    return otherwise;
  }

  private static Object real(Object value, Arguments arguments) {
    arguments.bind("float");
    if (Python.isNumeric(value)) {
      return Python.real(value);
    }
    throw TemplateException.of("float: %s is not supported", Python.type(value));
  }

  private static Object map(Object value, Arguments arguments) {
    Budget budget = arguments.budget();
    List<Object> items = Python.items(value, budget);
    budget.items(items.size());
    if (arguments.positional().isEmpty()) {
      Map<String, Object> options = arguments.bind("map", "attribute", "default");
      Function<Object, Object> path = path(options.getOrDefault("attribute", None.NONE), budget);
      Object otherwise = options.getOrDefault("default", None.NONE);
      return new Generated(
          items.stream()
              .map(path)
              .map(
                  found -> found instanceof Undefined && otherwise != None.NONE ? otherwise : found)
              .toList(),
          false);
    }
    Filter filter = named(Python.str(arguments.positional().get(0), budget));
    Arguments rest = from(arguments, 1);
    return new Generated(items.stream().map(item -> filter.counted(item, rest)).toList(), false);
  }

  private static Object select(Object value, Arguments arguments, boolean wanted) {
    return filtered(value, arguments, wanted, 0, item -> item);
  }

  private static Object selectAttribute(Object value, Arguments arguments, boolean wanted) {
    if (arguments.positional().isEmpty()) {
      throw TemplateException.of("selectattr: no attribute");
    }
    return filtered(
        value, arguments, wanted, 1, path(arguments.positional().get(0), arguments.budget()));
  }

  private static Object filtered(
      Object value, Arguments arguments, boolean wanted, int at, Function<Object, Object> key) {
    boolean plain = arguments.positional().size() <= at;
    JinjaTests.Test test =
        plain
            ? (item, none) -> Python.truth(item)
            : JinjaTests.named(Python.str(arguments.positional().get(at), arguments.budget()));
    Arguments rest = plain ? Arguments.none(arguments.budget()) : from(arguments, at + 1);
    List<Object> items = Python.items(value, arguments.budget());
    arguments.budget().items(items.size());
    return new Generated(
        items.stream().filter(item -> test.holds(key.apply(item), rest) == wanted).toList(), false);
  }

  private static Arguments from(Arguments arguments, int first) {
    List<Object> all = arguments.positional();
    return new Arguments(all.subList(first, all.size()), arguments.named(), arguments.budget());
  }

  /** {@code attribute="a.b.0"}: one step per name or index. */
  private static Function<Object, Object> path(Object attribute, Budget budget) {
    if (attribute instanceof Long) {
      return item -> Access.item(item, attribute, budget);
    } else if (!(attribute instanceof String path)) {
      throw TemplateException.of("attribute: %s (expected: a name)", Python.type(attribute));
    } else {
      budget.steps(path.length());
      List<Object> steps =
          Arrays.stream(path.split("\\.", -1))
              .<Object>map(step -> step.matches("[0-9]{1,9}") ? (Object) Long.valueOf(step) : step)
              .toList();
      return item -> {
        Object found = item;
        for (Object step : steps) {
          found = Access.item(found, step, budget);
        }
        return found;
      };
    }
  }
}
