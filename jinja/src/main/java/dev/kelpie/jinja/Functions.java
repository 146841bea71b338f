package dev.kelpie.jinja;

import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/** The functions that every template has. */
final class Functions {
  private static final Map<Character, String> DATE_PATTERNS =
      Map.ofEntries(
          Map.entry('A', "EEEE"),
          Map.entry('B', "MMMM"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('M', "mm"),
          Map.entry('S', "ss"),
          Map.entry('Y', "uuuu"),
          Map.entry('a', "EEE"),
          Map.entry('b', "MMM"),
          Map.entry('d', "dd"),
          Map.entry('j', "DDD"),
          Map.entry('m', "MM"),
          Map.entry('p', "a"),
          Map.entry('y', "uu"));

  private Functions() {}

  /**
   * All functions by name.
   *
   * @param clock what {@code strftime_now} reads
   */
  static Map<String, Object> all(Clock clock) {
    Map<String, Object> functions = new LinkedHashMap<>();
    functions.put("raise_exception", (JinjaCallable) Functions::raise);
    functions.put("strftime_now", (JinjaCallable) arguments -> now(arguments, clock));
    functions.put("range", (JinjaCallable) Functions::range);
    functions.put("dict", (JinjaCallable) Functions::dict);
    functions.put("namespace", (JinjaCallable) Functions::namespace);
    return functions;
  }

  private static Object raise(Arguments arguments) {
    throw TemplateException.raised(
        Python.str(arguments.one("raise_exception"), arguments.budget()));
  }

  private static Object range(Arguments arguments) {
    List<Integer> bounds =
        arguments.positional().stream().map(bound -> Python.integer(bound, "range")).toList();
    if (bounds.isEmpty() || bounds.size() > 3 || !arguments.named().isEmpty()) {
      throw TemplateException.of("range: %s arguments (expected: 1 to 3)", bounds.size());
    }
    int start = bounds.size() == 1 ? 0 : bounds.get(0);
    int stop = bounds.get(bounds.size() == 1 ? 0 : 1);
    int step = bounds.size() == 3 ? bounds.get(2) : 1;
    long count = step == 0 ? -1 : Math.max(0, -Math.floorDiv(-((long) stop - start), (long) step));
    if (count < 0 || count > 100_000) { // the sandbox's limit
      throw TemplateException.of("range: too many numbers");
    }
    arguments.budget().items(count);
    return new Generated(
        LongStream.range(0, count).<Object>mapToObj(i -> start + i * step).toList(), true);
  }

  private static Object dict(Arguments arguments) {
    return new LinkedHashMap<>(onlyNamed("dict", arguments));
  }

  private static Object namespace(Arguments arguments) {
    Map<String, Object> attributes = onlyNamed("namespace", arguments);
    attributes.keySet().forEach(Functions::requireAttribute);
    return new Namespace(attributes);
  }

  /** Checks the name of a namespace's attribute, as transformers does. */
  static void requireAttribute(String name) {
    if (name.startsWith("_")) {
      throw TemplateException.of("attribute %s of a namespace (expected: no _ before it)", name);
    }
  }

  private static Map<String, Object> onlyNamed(String function, Arguments arguments) {
    if (!arguments.positional().isEmpty()) {
      throw TemplateException.of("%s: arguments without a name are not supported", function);
    }
    return arguments.named();
  }

  private static Object now(Arguments arguments, Clock clock) {
    String format = Python.str(arguments.one("strftime_now"), arguments.budget());
    LocalDateTime now = LocalDateTime.now(clock);
    Map<Character, String> fields = new HashMap<>();
    arguments.budget().text(format.length());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        text.append(c);
        continue;
      }
      arguments.budget().steps(8);
      arguments.budget().text(9); // Wednesday and September are the longest
      char field = format.charAt(++i);
      String pattern = DATE_PATTERNS.get(field);
      if (pattern == null && field != '%') {
        throw TemplateException.of("strftime_now: %%%s is not supported", field);
      }
      text.append(
          pattern == null
              ? "%"
              : fields.computeIfAbsent(
                  field, any -> DateTimeFormatter.ofPattern(pattern, Locale.US).format(now)));
    }
    return text.toString();
  }
}
