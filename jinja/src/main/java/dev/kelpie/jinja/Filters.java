package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Jinja's filters. */
final class Filters {
  /** What follows {@code |}. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments arguments);
  }

  private static final Map<String, Filter> ALL =
      Map.ofEntries(
          Map.entry("abs", (v, a) -> Python.compare(v, 0L) < 0 ? Operators.negate(v) : v),
          Map.entry("capitalize", (v, a) -> Strings.capitalize(Python.str(v))),
          Map.entry("count", (v, a) -> Python.length(v)),
          Map.entry("d", Filters::orDefault),
          Map.entry("default", Filters::orDefault),
          Map.entry("dictsort", Filters::dictsort),
          Map.entry("first", (v, a) -> Python.items(v).stream().findFirst().orElse(empty("first"))),
          Map.entry("float", Filters::real),
          Map.entry("indent", Filters::indent),
          Map.entry("int", Filters::whole),
          Map.entry("items", Filters::items),
          Map.entry("join", Filters::join),
          Map.entry("last", (v, a) -> last(Python.items(v))),
          Map.entry("length", (v, a) -> Python.length(v)),
          Map.entry("list", (v, a) -> new ArrayList<>(Python.items(v))),
          Map.entry("lower", (v, a) -> Python.str(v).toLowerCase(Locale.ROOT)),
          Map.entry("map", Filters::map),
          Map.entry("max", (v, a) -> extreme(v, a, Comparator.reverseOrder())),
          Map.entry("min", (v, a) -> extreme(v, a, Comparator.naturalOrder())),
          Map.entry("reject", (v, a) -> select(v, a, false)),
          Map.entry("rejectattr", (v, a) -> selectAttribute(v, a, false)),
          Map.entry("replace", Filters::replace),
          Map.entry("reverse", Filters::reverse),
          Map.entry("select", (v, a) -> select(v, a, true)),
          Map.entry("selectattr", (v, a) -> selectAttribute(v, a, true)),
          Map.entry("sort", Filters::sort),
          Map.entry("string", (v, a) -> Python.str(v)),
          Map.entry("sum", Filters::sum),
          Map.entry("tojson", Json::tojson),
          Map.entry("trim", Filters::trim),
          Map.entry("unique", Filters::unique),
          Map.entry("upper", (v, a) -> Python.str(v).toUpperCase(Locale.ROOT)));

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
    return filter;
  }

  private static Object empty(String what) {
    return new Undefined(what + " of nothing");
  }

  private static Object last(List<Object> items) {
    return items.isEmpty() ? empty("last") : items.get(items.size() - 1);
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
    return Strings.strip(Python.str(value), chars, 3);
  }

  private static Object indent(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("indent", "width", "first", "blank");
    Object width = options.getOrDefault("width", 4L);
    return Strings.indent(
        Python.str(value),
        width instanceof String text ? text : " ".repeat(Python.integer(width, "indent")),
        Python.truth(options.getOrDefault("first", false)),
        Python.truth(options.getOrDefault("blank", false)));
  }

  private static Object replace(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("replace", "old", "new", "count");
    Object count = options.getOrDefault("count", None.NONE);
    return Strings.replace(
        Python.str(value),
        Python.str(options.getOrDefault("old", None.NONE)),
        Python.str(options.getOrDefault("new", None.NONE)),
        count instanceof None ? -1 : Python.integer(count, "count"));
  }

  private static Object join(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("join", "d", "attribute");
    Object attribute = options.getOrDefault("attribute", None.NONE);
    return Python.items(value).stream()
        .map(item -> attribute instanceof None ? item : path(attribute).apply(item))
        .map(Python::str)
        .collect(Collectors.joining(Python.str(options.getOrDefault("d", ""))));
  }

  private static Object items(Object value, Arguments arguments) {
    arguments.bind("items");
    if (value instanceof Undefined) {
      return new Generated(List.of(), false);
    } else if (value instanceof Map<?, ?> map) {
      return new Generated(Methods.pairs(map), false);
    }
    throw TemplateException.of("items: %s (expected: a dict)", Python.type(value));
  }

  private static Object dictsort(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
    if (!options.getOrDefault("by", "key").equals("key") || !(value instanceof Map<?, ?> map)) {
      throw TemplateException.of("dictsort: not supported (expected: a dict, by key)");
    }
    boolean exact = Python.truth(options.getOrDefault("case_sensitive", false));
    Comparator<Object> order = order(exact, pair -> ((Tuple) pair).items().get(0));
    return sorted(Methods.pairs(map), order, options);
  }

  private static Object sort(Object value, Arguments arguments) {
    Map<String, Object> options = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
    Object attribute = options.getOrDefault("attribute", None.NONE);
    boolean exact = Python.truth(options.getOrDefault("case_sensitive", false));
    Function<Object, Object> key = attribute instanceof None ? item -> item : path(attribute);
    return sorted(Python.items(value), order(exact, key), options);
  }

  private static Comparator<Object> order(boolean exact, Function<Object, Object> key) {
    return (a, b) -> Python.compare(folded(exact, key.apply(a)), folded(exact, key.apply(b)));
  }

  private static Object folded(boolean exact, Object key) {
    return key instanceof String text && !exact ? text.toLowerCase(Locale.ROOT) : key;
  }

  private static Object sorted(
      List<Object> items, Comparator<Object> order, Map<String, Object> options) {
    List<Object> sorted = new ArrayList<>(items);
    sorted.sort(Python.truth(options.getOrDefault("reverse", false)) ? order.reversed() : order);
    return sorted;
  }

  private static Object unique(Object value, Arguments arguments) {
    arguments.bind("unique");
    List<Object> kept = new ArrayList<>();
    List<Object> seen = new ArrayList<>();
    for (Object item : Python.items(value)) {
      Object key = folded(false, item);
      if (!Python.contains(seen, key)) {
        seen.add(key);
        kept.add(item);
      }
    }
    return new Generated(kept, false);
  }

  private static Object reverse(Object value, Arguments arguments) {
    arguments.bind("reverse");
    if (value instanceof String) {
      return Access.slice(value, None.NONE, None.NONE, -1L);
    }
    List<Object> items = new ArrayList<>(Python.items(value));
    Collections.reverse(items);
    return new Generated(items, false);
  }

  private static Object extreme(Object value, Arguments arguments, Comparator<Integer> sign) {
    arguments.bind("min or max");
    Comparator<Object> order = order(false, item -> item);
    return Python.items(value).stream()
        .reduce((a, b) -> sign.compare(order.compare(a, b), 0) <= 0 ? a : b)
        .orElse(empty("extreme"));
  }

  private static Object sum(Object value, Arguments arguments) {
    arguments.bind("sum");
    return Python.items(value).stream().reduce(0L, (a, b) -> Operators.apply("+", a, b));
  }

  private static Object whole(Object value, Arguments arguments) {
    Object otherwise = arguments.bind("int", "default").getOrDefault("default", 0L);
    if (Python.isNumeric(value)) {
      return Operators.whole(Python.decimal(value).toBigInteger());
    }
    boolean digits = value instanceof String text && text.strip().matches("[+-]?[0-9]{1,18}");
    return digits ? Long.valueOf(Python.str(value).strip()) : otherwise;
  }

  private static Object real(Object value, Arguments arguments) {
    arguments.bind("float");
    if (Python.isNumeric(value)) {
      return Python.decimal(value).doubleValue();
    }
    throw TemplateException.of("float: %s is not supported", Python.type(value));
  }

  private static Object map(Object value, Arguments arguments) {
    List<Object> items = Python.items(value);
    if (arguments.positional().isEmpty()) {
      Map<String, Object> options = arguments.bind("map", "attribute", "default");
      Function<Object, Object> path = path(options.getOrDefault("attribute", None.NONE));
      Object otherwise = options.getOrDefault("default", None.NONE);
      return new Generated(
          items.stream()
              .map(path)
              .map(
                  found -> found instanceof Undefined && otherwise != None.NONE ? otherwise : found)
              .toList(),
          false);
    }
    Filter filter = named(Python.str(arguments.positional().get(0)));
    Arguments rest = from(arguments, 1);
    return new Generated(items.stream().map(item -> filter.apply(item, rest)).toList(), false);
  }

  private static Object select(Object value, Arguments arguments, boolean wanted) {
    return filtered(value, arguments, wanted, 0, item -> item);
  }

  private static Object selectAttribute(Object value, Arguments arguments, boolean wanted) {
    if (arguments.positional().isEmpty()) {
      throw TemplateException.of("selectattr: no attribute");
    }
    return filtered(value, arguments, wanted, 1, path(arguments.positional().get(0)));
  }

  private static Object filtered(
      Object value, Arguments arguments, boolean wanted, int at, Function<Object, Object> key) {
    boolean plain = arguments.positional().size() <= at;
    JinjaTests.Test test =
        plain
            ? (item, none) -> Python.truth(item)
            : JinjaTests.named(Python.str(arguments.positional().get(at)));
    Arguments rest = plain ? Arguments.NONE : from(arguments, at + 1);
    return new Generated(
        Python.items(value).stream()
            .filter(item -> test.holds(key.apply(item), rest) == wanted)
            .toList(),
        false);
  }

  private static Arguments from(Arguments arguments, int first) {
    List<Object> all = arguments.positional();
    return new Arguments(all.subList(first, all.size()), arguments.named());
  }

  /** {@code attribute="a.b.0"}: one step per name or index. */
  private static Function<Object, Object> path(Object attribute) {
    if (attribute instanceof Long) {
      return item -> Access.item(item, attribute);
    } else if (!(attribute instanceof String path)) {
      throw TemplateException.of("attribute: %s (expected: a name)", Python.type(attribute));
    } else {
      List<String> steps = List.of(path.split("\\.", -1));
      return item -> {
        Object found = item;
        for (String step : steps) {
          found = Access.item(found, step.matches("[0-9]{1,9}") ? Long.valueOf(step) : step);
        }
        return found;
      };
    }
  }
}
