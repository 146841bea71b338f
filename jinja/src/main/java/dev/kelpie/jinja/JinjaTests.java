package dev.kelpie.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Jinja's tests, such as {@code is defined}. */
final class JinjaTests {
  /** What follows {@code is}. */
  @FunctionalInterface
  interface Test {
    boolean holds(Object value, Arguments arguments);
  }

  private static final Map<String, Test> ALL =
      Map.ofEntries(
          Map.entry("!=", (v, a) -> !Python.equal(v, a.one("!="), a.budget())),
          Map.entry("<", (v, a) -> Python.compare(v, a.one("<"), a.budget()) < 0),
          Map.entry("<=", (v, a) -> Python.compare(v, a.one("<="), a.budget()) <= 0),
          Map.entry("==", (v, a) -> Python.equal(v, a.one("=="), a.budget())),
          Map.entry(">", (v, a) -> Python.compare(v, a.one(">"), a.budget()) > 0),
          Map.entry(">=", (v, a) -> Python.compare(v, a.one(">="), a.budget()) >= 0),
          Map.entry("boolean", (v, a) -> v instanceof Boolean),
          Map.entry("callable", (v, a) -> isCallable(v)),
          Map.entry("defined", (v, a) -> !(v instanceof Undefined)),
          Map.entry(
              "divisibleby",
              (v, a) -> isZero(Operators.apply("%", v, a.one("divisibleby"), a.budget()))),
          Map.entry("eq", (v, a) -> Python.equal(v, a.one("eq"), a.budget())),
          Map.entry("equalto", (v, a) -> Python.equal(v, a.one("equalto"), a.budget())),
          Map.entry("even", (v, a) -> isZero(Operators.apply("%", v, 2L, a.budget()))),
          Map.entry("false", (v, a) -> Boolean.FALSE.equals(v)),
          Map.entry("filter", (v, a) -> Filters.has(Python.str(v, a.budget()))),
          Map.entry("float", (v, a) -> v instanceof Double),
          Map.entry("ge", (v, a) -> Python.compare(v, a.one("ge"), a.budget()) >= 0),
          Map.entry(
              "greaterthan", (v, a) -> Python.compare(v, a.one("greaterthan"), a.budget()) > 0),
          Map.entry("gt", (v, a) -> Python.compare(v, a.one("gt"), a.budget()) > 0),
          Map.entry("in", (v, a) -> Python.contains(a.one("in"), v, a.budget())),
          Map.entry("integer", (v, a) -> v instanceof Long || v instanceof BigInteger),
          Map.entry("iterable", (v, a) -> isIterable(v)),
          Map.entry("le", (v, a) -> Python.compare(v, a.one("le"), a.budget()) <= 0),
          Map.entry("lessthan", (v, a) -> Python.compare(v, a.one("lessthan"), a.budget()) < 0),
          Map.entry("lower", (v, a) -> isCased(v, true, a.budget())),
          Map.entry("lt", (v, a) -> Python.compare(v, a.one("lt"), a.budget()) < 0),
          Map.entry("mapping", (v, a) -> v instanceof Map),
          Map.entry("ne", (v, a) -> !Python.equal(v, a.one("ne"), a.budget())),
          Map.entry("none", (v, a) -> v instanceof None),
          Map.entry("number", (v, a) -> Python.isNumeric(v)),
          Map.entry("odd", (v, a) -> !isZero(Operators.apply("%", v, 2L, a.budget()))),
          Map.entry("sameas", (v, a) -> isSame(v, a.one("sameas"))),
          Map.entry("sequence", (v, a) -> isSequence(v)),
          Map.entry("string", (v, a) -> isText(v)),
          Map.entry("true", (v, a) -> Boolean.TRUE.equals(v)),
          Map.entry("undefined", (v, a) -> v instanceof Undefined),
          Map.entry("upper", (v, a) -> isCased(v, false, a.budget())));

  private static final Set<String> WITH_ONE_ARGUMENT =
      Set.of(
          ("!= < <= == > >= divisibleby eq equalto ge greaterthan gt in le lessthan lt ne"
                  + " sameas")
              .split(" "));

  private JinjaTests() {}

  private static boolean isCallable(Object value) {
    return value instanceof JinjaCallable || value instanceof Loop || value instanceof Undefined;
  }

  private static boolean isSequence(Object value) {
    if (value instanceof Generated) {
      throw TemplateException.of("sequence: %s is not supported", Python.type(value));
    }
    return isIterable(value);
  }

  /** The test called {@code name}; throws if there is none. */
  static Test named(String name) {
    Test test = ALL.get(name);
    if (test == null) {
      throw TemplateException.of("test %s is not supported", name);
    } else if (WITH_ONE_ARGUMENT.contains(name)) {
      return test;
    }
    return (value, arguments) -> {
      arguments.bind(name);
      return test.holds(value, arguments);
    };
  }

  private static boolean isZero(Object number) {
    return Python.real(number) == 0;
  }

  private static boolean isText(Object value) {
    return value instanceof String || value instanceof SafeText;
  }

  private static boolean isIterable(Object value) {
    return isText(value)
        || value instanceof List
        || value instanceof Tuple
        || value instanceof Map
        || value instanceof Generated
        || value instanceof Undefined;
  }

  private static boolean isCased(Object value, boolean lower, Budget budget) {
    String text = Python.str(value, budget);
    String small = Strings.lower(text, budget);
    String large = Strings.upper(text, budget);
    return text.equals(lower ? small : large) && !small.equals(large);
  }

  private static boolean isSame(Object a, Object b) {
    if (a instanceof Boolean || b instanceof Boolean || a instanceof None || b instanceof None) {
      return a.equals(b);
    } else if (a instanceof Long x && b instanceof Long y && x >= -5 && x <= 256) {
      return x.equals(y); // small numbers are one object in CPython
    }
    throw TemplateException.of("sameas of %s is not supported", Python.type(a));
  }
}
