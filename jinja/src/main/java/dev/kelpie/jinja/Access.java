package dev.kelpie.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Attributes, items and slices of values. */
final class Access {
  private Access() {}

  /** {@code value.name}: a method if the type has one, else the item of that key. */
  static Object attribute(Object value, String name) {
    requireDefined(value, name);
    if (value instanceof RecursiveLoop recursive) {
      return recursive.loop().attribute(name);
    } else if (value instanceof Loop loop) {
      return loop.attribute(name);
    } else if (value instanceof Namespace namespace) {
      return namespace.attributes().getOrDefault(name, new Undefined(name));
    } else if (Methods.has(value, name)) {
      return Methods.bind(value, name);
    } else if (value instanceof Map<?, ?> map) {
      return inMap(map, name);
    }
    return new Undefined(name);
  }

  /** {@code value[key]}: the item if there is one, else the attribute of that name. */
  static Object item(Object value, Object key) {
    requireDefined(value, Python.str(key));
    if (value instanceof Map<?, ?> map && map.containsKey(key)) {
      return inMap(map, key);
    } else if (key instanceof Long index && isIndexed(value)) {
      List<Object> items = Python.items(value);
      long at = index < 0 ? index + items.size() : index;
      return at >= 0 && at < items.size() ? items.get((int) at) : new Undefined("item " + index);
    } else if (key instanceof String name) {
      return attribute(value, name);
    }
    return new Undefined("item " + Python.str(key));
  }

  private static Object inMap(Map<?, ?> map, Object key) {
    Object value = map.get(key);
    return value == null ? new Undefined(Python.str(key)) : value;
  }

  private static boolean isIndexed(Object value) {
    return value instanceof String
        || value instanceof List
        || value instanceof Tuple
        || (value instanceof Generated generated && generated.sized());
  }

  /** {@code value[start:stop:step]}; none where a bound is left out. */
  static Object slice(Object value, Object start, Object stop, Object step) {
    requireDefined(value, "a slice");
    if (!(value instanceof String || value instanceof List || value instanceof Tuple)) {
      throw TemplateException.of(
          "a slice of %s (expected: a string or a list)", Python.type(value));
    }
    List<Object> items = Python.items(value);
    int by = step instanceof None ? 1 : Python.integer(step, "step of a slice");
    if (by == 0) {
      throw TemplateException.of("step of a slice: 0");
    }
    int low = by > 0 ? 0 : -1;
    int high = by > 0 ? items.size() : items.size() - 1;
    int from = bound(start, items.size(), by > 0 ? low : high, low, high);
    int to = bound(stop, items.size(), by > 0 ? high : low, low, high);
    List<Object> slice = new ArrayList<>();
    for (int i = from; by > 0 ? i < to : i > to; i += by) {
      slice.add(items.get(i));
    }
    if (value instanceof String) {
      StringBuilder text = new StringBuilder();
      slice.forEach(text::append);
      return text.toString();
    }
    return value instanceof Tuple ? new Tuple(slice) : Collections.unmodifiableList(slice);
  }

  private static int bound(Object bound, int size, int absent, int low, int high) {
    if (bound instanceof None) {
      return absent;
    }
    int index = Python.integer(bound, "bound of a slice");
    return Math.min(high, Math.max(low, index < 0 ? index + size : index));
  }

  private static void requireDefined(Object value, String part) {
    if (value instanceof Undefined undefined) {
      throw TemplateException.of("'%s' is undefined (needed for its %s)", undefined.name(), part);
    }
  }
}
