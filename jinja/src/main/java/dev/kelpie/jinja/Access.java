package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Attributes, items and slices of values. */
final class Access {
  private Access() {}

  /** {@code value.name}: a method if the type has one, else the item of that key. */
  static Object attribute(Object value, String name, Budget budget) {
    budget.step();
    requireDefined(value, name);
    if (name.startsWith("__")) { // the sandbox refuses those that exist
      throw TemplateException.of("attribute %s is not supported", name);
    } else if (value instanceof RecursiveLoop recursive) {
      return recursive.loop().attribute(name);
    } else if (value instanceof Loop loop) {
      return loop.attribute(name);
    } else if (value instanceof Namespace namespace) {
      return namespace.attributes().getOrDefault(name, new Undefined(name));
    } else if (Methods.has(value, name)) {
      return Methods.bind(value, name);
    } else if (value instanceof Map<?, ?> map) {
      return inMap(map, name);
    } else if (value instanceof String || value instanceof List || value instanceof None) {
      return new Undefined(name);
    }
    // Python's numbers, functions and generators have attributes that templates have no use for.
    throw TemplateException.of("attribute %s of %s is not supported", name, Python.type(value));
  }

  /** {@code value[key]}: the item if there is one, else the attribute of that name. */
  static Object item(Object value, Object key, Budget budget) {
    budget.step();
    if (value instanceof Undefined) {
      requireDefined(value, key instanceof String name ? name : "item");
    }
    if (value instanceof Map<?, ?> map && map.containsKey(Python.key(key, budget))) {
      return inMap(map, key);
    } else if (key instanceof Long index && value instanceof String text) {
      return character(text, index, budget);
    } else if (key instanceof Long index && isIndexed(value)) {
      List<Object> items = Python.items(value, budget);
      long at = index < 0 ? index + items.size() : index;
      return at >= 0 && at < items.size() ? items.get((int) at) : new Undefined("item " + index);
    } else if (key instanceof String name) {
      return attribute(value, name, budget);
    } else if (key instanceof Boolean) { // in Python an index like 0 and 1
      throw TemplateException.of("a boolean as an index is not supported");
    }
    return new Undefined(key instanceof Long index ? "item " + index : "item");
  }

  private static Object character(String text, long index, Budget budget) {
    budget.read(text.length());
    int count = text.codePointCount(0, text.length());
    long at = index < 0 ? index + count : index;
    if (at < 0 || at >= count) {
      return new Undefined("item " + index);
    }
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
  }

  private static Object inMap(Map<?, ?> map, Object key) {
    Object value = map.get(key);
    return value == null ? new Undefined(key.toString()) : value;
  }

  private static boolean isIndexed(Object value) {
    return value instanceof List
        || value instanceof Tuple
        || (value instanceof Generated generated && generated.sized());
  }

  /** {@code value[start:stop:step]}; none where a bound is left out. */
  static Object slice(Object value, Object start, Object stop, Object step, Budget budget) {
    budget.step();
    requireDefined(value, "a slice");
    if (value instanceof String text) {
      return slice(text, start, stop, step, budget);
    } else if (!(value instanceof List || value instanceof Tuple)) {
      throw TemplateException.of(
          "a slice of %s (expected: a string or a list)", Python.type(value));
    }
    List<Object> items = Python.items(value, budget);
    Bounds bounds = Bounds.of(items.size(), start, stop, step);
    budget.items(bounds.count());
    List<Object> slice = new ArrayList<>();
    for (int n = 0; n < bounds.count(); n++) {
      slice.add(items.get(bounds.at(n)));
    }
    return value instanceof Tuple ? new Tuple(slice) : slice;
  }

  private static String slice(String text, Object start, Object stop, Object step, Budget budget) {
    budget.read(2L * text.length());
    int size = text.codePointCount(0, text.length());
    Bounds bounds = Bounds.of(size, start, stop, step);
    budget.text(bounds.count());
    if (bounds.count() == 0) {
      return "";
    } else if (bounds.step() == 1) {
      int from = text.offsetByCodePoints(0, bounds.from());
      return text.substring(from, text.offsetByCodePoints(from, bounds.count()));
    }
    int[] characters = text.codePoints().toArray();
    StringBuilder slice = new StringBuilder();
    for (int n = 0; n < bounds.count(); n++) {
      slice.appendCodePoint(characters[bounds.at(n)]);
    }
    return slice.toString();
  }

  /** Indices of a slice: {@code count} from {@code from} on, {@code step} apart. */
  private record Bounds(int from, int step, int count) {
    static Bounds of(int size, Object start, Object stop, Object step) {
      int by = step instanceof None ? 1 : Python.integer(step, "step of a slice");
      if (by == 0) {
        throw TemplateException.of("step of a slice: 0");
      }
      int low = by > 0 ? 0 : -1;
      int high = by > 0 ? size : size - 1;
      int from = bound(start, size, by > 0 ? low : high, low, high);
      int to = bound(stop, size, by > 0 ? high : low, low, high);
      long distance = by > 0 ? (long) to - from : (long) from - to;
      long width = Math.abs((long) by);
      return new Bounds(from, by, (int) Math.max(0, (distance + width - 1) / width));
    }

    private static int bound(Object bound, int size, int absent, int low, int high) {
      if (bound instanceof None) {
        return absent;
      }
      int index = Python.integer(bound, "bound of a slice");
      return Math.min(high, Math.max(low, index < 0 ? index + size : index));
    }

    int at(int n) {
      return (int) (from + (long) n * step);
    }
  }

  private static void requireDefined(Object value, String part) {
    if (value instanceof Undefined undefined) {
      throw TemplateException.of("'%s' is undefined (needed for its %s)", undefined.name(), part);
    }
  }
}
