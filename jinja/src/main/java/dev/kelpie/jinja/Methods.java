package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** Python's methods of strings, dicts and lists; those that would change a value are refused. */
final class Methods {
  private static final Map<String, BiFunction<String, Arguments, Object>> STRING =
      Map.ofEntries(
          Map.entry(
              "strip", (s, a) -> Strings.strip(s, optional(a, "strip", "chars"), 3, a.budget())),
          Map.entry(
              "lstrip", (s, a) -> Strings.strip(s, optional(a, "lstrip", "chars"), 1, a.budget())),
          Map.entry(
              "rstrip", (s, a) -> Strings.strip(s, optional(a, "rstrip", "chars"), 2, a.budget())),
          Map.entry("split", (s, a) -> split(s, a, false)),
          Map.entry("rsplit", (s, a) -> split(s, a, true)),
          Map.entry("splitlines", (s, a) -> Strings.lines(none(a, s), a.budget())),
          Map.entry("startswith", (s, a) -> any(a, "startswith", s::startsWith)),
          Map.entry("endswith", (s, a) -> any(a, "endswith", s::endsWith)),
          Map.entry("replace", Methods::replace),
          Map.entry("upper", (s, a) -> Strings.upper(none(a, s), a.budget())),
          Map.entry("lower", (s, a) -> Strings.lower(none(a, s), a.budget())),
          Map.entry("capitalize", (s, a) -> Strings.capitalize(none(a, s), a.budget())),
          Map.entry("find", (s, a) -> find(s, text(a.one("find"), "find"), a.budget())),
          Map.entry("count", (s, a) -> Strings.count(s, text(a.one("count"), "count"), a.budget())),
          Map.entry("join", (s, a) -> join(s, a.one("join"), a.budget())),
          Map.entry("isdigit", (s, a) -> isDigit(none(a, s), a.budget())),
          Map.entry(
              "removeprefix",
              (s, a) -> removePrefix(s, text(a.one("removeprefix"), "it"), a.budget())),
          Map.entry(
              "removesuffix",
              (s, a) -> removeSuffix(s, text(a.one("removesuffix"), "it"), a.budget())));

  private static final Map<String, BiFunction<Map<?, ?>, Arguments, Object>> DICT =
      Map.of(
          "items", (m, a) -> new Generated(pairs(m, none(a)), true),
          "keys", (m, a) -> new Generated(copy(m.keySet(), none(a)), true),
          "values", (m, a) -> new Generated(copy(m.values(), none(a)), true),
          "get", Methods::get);

  private static final Set<String> OTHER_STRING =
      Set.of(
          ("casefold center encode expandtabs format format_map index isalnum"
                  + " isalpha isascii isdecimal isidentifier islower isnumeric isprintable"
                  + " isspace istitle isupper ljust maketrans partition rfind rindex rjust"
                  + " rpartition swapcase title translate zfill")
              .split(" "));
  private static final Set<String> OTHER_DICT =
      Set.of("clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update");
  private static final Set<String> OTHER_LIST =
      Set.of(
          "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove",
          "reverse", "sort");

  private Methods() {}

  /** Whether Python's type of {@code value} has the method {@code name}. */
  static boolean has(Object value, String name) {
    if (value instanceof String) {
      return STRING.containsKey(name) || OTHER_STRING.contains(name);
    } else if (value instanceof Map) {
      return DICT.containsKey(name) || OTHER_DICT.contains(name);
    }
    if (value instanceof Tuple) {
      return name.equals("count") || name.equals("index");
    }
    return value instanceof List && OTHER_LIST.contains(name);
  }

  /** The method; calling one that is not supported throws. */
  static JinjaCallable bind(Object value, String name) {
    BiFunction<String, Arguments, Object> ofString = STRING.get(name);
    BiFunction<Map<?, ?>, Arguments, Object> ofDict = DICT.get(name);
    if (value instanceof String text && ofString != null) {
      return arguments -> ofString.apply(text, arguments);
    } else if (value instanceof Map<?, ?> map && ofDict != null) {
      return arguments -> ofDict.apply(map, arguments);
    }
    return arguments -> {
      throw TemplateException.of("method %s of %s is not supported", name, Python.type(value));
    };
  }

  /** {@code dict.items()}. */
  static List<Object> pairs(Map<?, ?> map, Budget budget) {
    budget.items(3L * map.size());
    return map.entrySet().stream()
        .<Object>map(entry -> new Tuple(List.of(entry.getKey(), entry.getValue())))
        .toList();
  }

  private static List<Object> copy(Collection<?> values, Budget budget) {
    budget.items(values.size());
    return new ArrayList<>(values);
  }

  private static Object get(Map<?, ?> map, Arguments arguments) {
    Map<String, Object> values = arguments.bind("get", "key", "default");
    if (!values.containsKey("key")) {
      throw TemplateException.of("get: no key");
    }
    Object key = Python.key(values.getOrDefault("key", None.NONE), arguments.budget());
    Object found = map.get(key);
    return found == null ? values.getOrDefault("default", None.NONE) : found;
  }

  private static Object optional(Arguments arguments, String method, String parameter) {
    return arguments.bind(method, parameter).getOrDefault(parameter, None.NONE);
  }

  private static String none(Arguments arguments, String value) {
    arguments.bind("method");
    return value;
  }

  private static Budget none(Arguments arguments) {
    arguments.bind("method");
    return arguments.budget();
  }

  static String text(Object value, String method) {
    if (value instanceof String text) {
      return text;
    }
    throw TemplateException.of("%s: %s (expected: a string)", method, Python.type(value));
  }

  private static Object any(Arguments arguments, String method, Predicate<String> test) {
    Object given = arguments.one(method);
    if (given instanceof String part) {
      arguments.budget().read(part.length());
    }
    return given instanceof Tuple tuple
        ? tuple.items().stream().anyMatch(item -> test.test(counted(item, method, arguments)))
        : test.test(text(given, method));
  }

  private static String counted(Object value, String method, Arguments arguments) {
    String text = text(value, method);
    arguments.budget().step();
    arguments.budget().read(text.length());
    return text;
  }

  private static Object split(String s, Arguments arguments, boolean fromRight) {
    Map<String, Object> values = arguments.bind("split", "sep", "maxsplit");
    Object separator = values.getOrDefault("sep", None.NONE);
    int most = Python.integer(values.getOrDefault("maxsplit", -1L), "maxsplit");
    return separator instanceof None
        ? Strings.words(s, most, arguments.budget())
        : Strings.split(s, text(separator, "split"), most, fromRight, arguments.budget());
  }

  private static Object replace(String s, Arguments arguments) {
    Map<String, Object> values = arguments.bind("replace", "old", "new", "count");
    int most = Python.integer(values.getOrDefault("count", -1L), "count");
    return Strings.replace(
        s,
        text(values.getOrDefault("old", None.NONE), "replace"),
        text(values.getOrDefault("new", None.NONE), "replace"),
        most,
        arguments.budget());
  }

  private static Object find(String s, String part, Budget budget) {
    int at = Strings.find(s, part, 0, budget);
    return at < 0 ? -1L : (long) s.codePointCount(0, at);
  }

  private static Object join(String separator, Object values, Budget budget) {
    StringBuilder text = new StringBuilder();
    boolean first = true;
    for (Object item : Python.items(values, budget)) {
      String part = text(item, "join");
      budget.step();
      budget.text((long) separator.length() + part.length());
      text.append(first ? "" : separator).append(part);
      first = false;
    }
    return text.toString();
  }

  /** Python counts superscripts and the like as digits, which Java's digits are not. */
  private static boolean isDigit(String s, Budget budget) {
    budget.read(s.length());
    if (s.chars().anyMatch(c -> c >= 0x80)) {
      throw TemplateException.of("isdigit of other characters than ASCII is not supported");
    }
    return !s.isEmpty() && s.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static Object removePrefix(String s, String prefix, Budget budget) {
    budget.read(prefix.length());
    return s.startsWith(prefix) ? budget.made(s.substring(prefix.length())) : s;
  }

  private static Object removeSuffix(String s, String suffix, Budget budget) {
    budget.read(suffix.length());
    return s.endsWith(suffix) ? budget.made(s.substring(0, s.length() - suffix.length())) : s;
  }
}
