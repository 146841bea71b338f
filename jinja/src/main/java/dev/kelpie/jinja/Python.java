package dev.kelpie.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What Python says of values: how they print, whether they are true, equal, in order. Values are
 * {@link None}, Boolean, Long, BigInteger, Double, String, List, {@link Tuple}, Map and the types
 * of this package; none changes once it is made. Strings count in code points.
 */
final class Python {
  private Python() {}

  /** {@code str(value)}. */
  static String str(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof SafeText safe) {
      return safe.text();
    }
    return value instanceof Undefined ? "" : Repr.of(value, budget);
  }

  /** {@code bool(value)}. */
  static boolean truth(Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    } else if (value instanceof None || value instanceof Undefined) {
      return false;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof SafeText safe) {
      return !safe.text().isEmpty();
    } else if (value instanceof BigInteger) {
      return true; // larger than any Long
    } else if (value instanceof Number number) {
      return number.doubleValue() != 0;
    } else if (value instanceof Generated generated) {
      return !generated.sized() || generated.size() > 0;
    } else if (value instanceof List<?> list) {
      return !list.isEmpty();
    } else if (value instanceof Tuple tuple) {
      return !tuple.items().isEmpty();
    }
    return !(value instanceof Map<?, ?> map) || !map.isEmpty();
  }

  /** {@code len(value)}. */
  static long length(Object value, Budget budget) {
    if (value instanceof String text) {
      budget.read(text.length());
      return text.codePointCount(0, text.length());
    } else if (value instanceof Map<?, ?> map) {
      return map.size();
    } else if (value instanceof Generated generated) {
      return generated.size();
    }
    return items(value, budget).size();
  }

  /** What {@code for} runs over; the list cannot be changed. */
  static List<Object> items(Object value, Budget budget) {
    if (value instanceof List<?> list) {
      return Collections.unmodifiableList(list);
    } else if (value instanceof Tuple tuple) {
      return tuple.items();
    } else if (value instanceof Generated generated) {
      return generated.items();
    } else if (value instanceof Map<?, ?> map) {
      budget.items(map.size());
      return new ArrayList<>(map.keySet());
    } else if (value instanceof String text) {
      budget.items(text.length());
      return text.codePoints().<Object>mapToObj(Character::toString).toList();
    } else if (value instanceof Undefined) {
      return List.of();
    }
    throw TemplateException.of("%s is not iterable", type(value));
  }

  /** {@code a == b}. */
  static boolean equal(Object a, Object b, Budget budget) {
    budget.step();
    if (a instanceof String x && b instanceof String y) {
      budget.read(Math.min(x.length(), y.length()));
      return x.equals(y);
    } else if (isNumeric(a) && isNumeric(b)) {
      return compareNumbers(a, b, budget) == 0;
    } else if (a instanceof List<?> x && b instanceof List<?> y) {
      return equalItems(x, y, budget);
    } else if (a instanceof Tuple x && b instanceof Tuple y) {
      return equalItems(x.items(), y.items(), budget);
    } else if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return equalEntries(x, y, budget);
    } else if (a instanceof Undefined && b instanceof Undefined) {
      return true;
    } else if ((isOpaque(a) && isOpaque(b)) || a instanceof SafeText || b instanceof SafeText) {
      throw TemplateException.of("%s == %s is not supported", type(a), type(b));
    }
    return a == b;
  }

  private static boolean isOpaque(Object value) {
    return value instanceof Generated || value instanceof JinjaCallable || value instanceof Loop;
  }

  private static boolean equalItems(List<?> a, List<?> b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter(1);
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i), budget)) {
        budget.leave(1);
        return false;
      }
    }
    budget.leave(1);
    return true;
  }

  private static boolean equalEntries(Map<?, ?> a, Map<?, ?> b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter(1);
    for (Map.Entry<?, ?> entry : a.entrySet()) {
      Object other = b.get(entry.getKey());
      if (other == null || !equal(entry.getValue(), other, budget)) {
        budget.leave(1);
        return false;
      }
    }
    budget.leave(1);
    return true;
  }

  /** Negative, zero or positive as {@code a} is less than, equal to or greater than {@code b}. */
  static int compare(Object a, Object b, Budget budget) {
    budget.step();
    if (isNumeric(a) && isNumeric(b)) {
      return compareNumbers(a, b, budget);
    } else if (a instanceof String x && b instanceof String y) {
      budget.read(Math.min(x.length(), y.length()));
      return compareText(x, y);
    }
    throw TemplateException.of("%s and %s have no order", type(a), type(b));
  }

  private static int compareNumbers(Object a, Object b, Budget budget) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    } else if (!(a instanceof Double) && !(b instanceof Double)) {
      budget.number(bits(a), 32);
      return Operators.integer(a).compareTo(Operators.integer(b));
    } else if (isExactReal(a) && isExactReal(b)) {
      double x = real(a);
      double y = real(b);
      return x < y ? -1 : x > y ? 1 : 0; // zero has no sign
    }
    long bits = 3600L + bits(a) + bits(b); // a fraction has up to 1074 digits behind the point
    budget.number(bits, bits);
    return decimal(a).compareTo(decimal(b));
  }

  private static int bits(Object number) {
    return number instanceof BigInteger whole ? whole.bitLength() : 64;
  }

  /** Whether {@link #real} gives the exact value. */
  private static boolean isExactReal(Object number) {
    return number instanceof Double
        || number instanceof Boolean
        || (number instanceof Long whole && Math.abs(whole) >>> 53 == 0);
  }

  /** The value of a number or boolean, rounded. */
  static double real(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw TemplateException.of("a number that is not finite is not supported");
  }

  /** By code points, not by the halves of surrogate pairs. */
  private static int compareText(String a, String b) {
    int end = Math.min(a.length(), b.length());
    for (int i = 0; i < end; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        int at = i > 0 && Character.isHighSurrogate(a.charAt(i - 1)) ? i - 1 : i;
        return Integer.compare(a.codePointAt(at), b.codePointAt(at));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** {@code member in container}. */
  static boolean contains(Object container, Object member, Budget budget) {
    budget.step();
    if (container instanceof String text) {
      if (member instanceof String part) {
        return Strings.find(text, part, 0, budget) >= 0;
      }
      throw TemplateException.of("%s in a string (expected: a string)", type(member));
    } else if (container instanceof Map<?, ?> map) {
      return map.containsKey(key(member, budget));
    }
    for (Object item : items(container, budget)) {
      if (equal(item, member, budget)) {
        return true;
      }
    }
    return false;
  }

  /**
   * {@code value} as a key of a dict; in Python {@code 1}, {@code 1.0} and {@code true} are one.
   */
  static Object key(Object value, Budget budget) {
    if (value instanceof String text) {
      budget.read(text.length()); // compared with the key that is there
      return text;
    }
    if (value instanceof Long || value instanceof BigInteger || value instanceof None) {
      return value;
    }
    throw TemplateException.of("%s as a key of a dict is not supported", type(value));
  }

  /** Whether arithmetic takes it: numbers and booleans. */
  static boolean isNumeric(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  /** The value of a number or boolean. */
  static BigDecimal decimal(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? BigDecimal.ONE : BigDecimal.ZERO;
    } else if (value instanceof Double number) {
      if (!Double.isFinite(number)) {
        throw TemplateException.of("a number that is not finite is not supported");
      }
      return new BigDecimal(number);
    }
    return value instanceof BigInteger whole
        ? new BigDecimal(whole)
        : BigDecimal.valueOf((Long) value);
  }

  /** The value as an index or a count. */
  static int integer(Object value, String what) {
    if (value instanceof Long number && number == number.intValue()) {
      return number.intValue();
    }
    throw TemplateException.of("%s: %s (expected: a whole number)", what, type(value));
  }

  /** What to call it in a message. */
  static String type(Object value) {
    if (value instanceof Undefined undefined) {
      return "'" + undefined.name() + "', which is undefined,";
    } else if (value instanceof None) {
      return "none";
    } else if (value instanceof String) {
      return "a string";
    } else if (value instanceof Boolean) {
      return "a boolean";
    } else if (value instanceof Number) {
      return "a number";
    } else if (value instanceof Map) {
      return "a dict";
    } else if (value instanceof List || value instanceof Tuple) {
      return "a list";
    } else if (value instanceof Generated) {
      return "a generator";
    } else if (value instanceof SafeText) {
      return "a safe text";
    }
    return value instanceof JinjaCallable ? "a function" : "an object";
  }
}
