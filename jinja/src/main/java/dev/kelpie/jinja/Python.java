package dev.kelpie.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What Python says of values: how they print, whether they are true, equal, in order. Values are
 * {@link None}, Boolean, Long, BigInteger, Double, String, List, {@link Tuple}, Map and the types
 * of this package. Strings count in code points.
 */
final class Python {
  private Python() {}

  /** {@code str(value)}. */
  static String str(Object value) {
    if (value instanceof String text) {
      return text;
    }
    return value instanceof Undefined ? "" : repr(value);
  }

  /** {@code repr(value)}. */
  static String repr(Object value) {
    if (value instanceof String text) {
      return quote(text);
    } else if (value instanceof None) {
      return "None";
    } else if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    } else if (value instanceof Long || value instanceof BigInteger) {
      return value.toString();
    } else if (value instanceof Double number) {
      return repr(number.doubleValue());
    } else if (value instanceof List<?> list) {
      return list.stream().map(Python::repr).collect(Collectors.joining(", ", "[", "]"));
    } else if (value instanceof Tuple tuple) {
      String items = tuple.items().stream().map(Python::repr).collect(Collectors.joining(", "));
      return "(" + items + (tuple.items().size() == 1 ? ",)" : ")");
    } else if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> repr(entry.getKey()) + ": " + repr(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    throw TemplateException.of("%s cannot be printed", type(value));
  }

  /** The shortest digits that read back as {@code number}. */
  static String repr(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(number);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits));
      if (shortest.doubleValue() == number) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String quote(String text) {
    char mark = text.contains("'") && !text.contains("\"") ? '"' : '\'';
    StringBuilder quoted = new StringBuilder().append(mark);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\\' -> quoted.append("\\\\");
                default -> {
                  if (c == mark) {
                    quoted.append('\\').append(mark);
                  } else if (isPrintable(c)) {
                    quoted.appendCodePoint(c);
                  } else if (c < 0x100) {
                    quoted.append(String.format(Locale.ROOT, "\\x%02x", c));
                  } else {
                    quoted.append(
                        String.format(Locale.ROOT, c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                  }
                }
              }
            });
    return quoted.append(mark).toString();
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  /** {@code bool(value)}. */
  static boolean truth(Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    } else if (value instanceof None || value instanceof Undefined) {
      return false;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof Number number) {
      return number.doubleValue() != 0;
    } else if (value instanceof Generated generated) {
      return !generated.sized() || !generated.items().isEmpty();
    }
    boolean sized = value instanceof List || value instanceof Tuple || value instanceof Map;
    return !sized || length(value) > 0;
  }

  /** {@code len(value)}. */
  static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    } else if (value instanceof Map<?, ?> map) {
      return map.size();
    } else if (value instanceof Generated generated && !generated.sized()) {
      throw TemplateException.of("a generator has no length");
    }
    return items(value).size();
  }

  /** What {@code for} runs over. */
  static List<Object> items(Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    } else if (value instanceof Tuple tuple) {
      return tuple.items();
    } else if (value instanceof Generated generated) {
      return generated.items();
    } else if (value instanceof Map<?, ?> map) {
      return new ArrayList<>(map.keySet());
    } else if (value instanceof String text) {
      return text.codePoints().<Object>mapToObj(Character::toString).toList();
    } else if (value instanceof Undefined) {
      return List.of();
    }
    throw TemplateException.of("%s is not iterable", type(value));
  }

  /** {@code a == b}. */
  static boolean equal(Object a, Object b) {
    if (isNumeric(a) && isNumeric(b)) {
      return decimal(a).compareTo(decimal(b)) == 0;
    } else if (a instanceof List<?> x && b instanceof List<?> y) {
      return equalItems(x, y);
    } else if (a instanceof Tuple x && b instanceof Tuple y) {
      return equalItems(x.items(), y.items());
    } else if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.size() == y.size()
          && x.entrySet().stream()
              .allMatch(
                  entry -> {
                    Object other = y.get(entry.getKey());
                    return other != null && equal(entry.getValue(), other);
                  });
    } else if (a instanceof Undefined && b instanceof Undefined) {
      return true;
    }
    return a.equals(b);
  }

  private static boolean equalItems(List<?> a, List<?> b) {
    return a.size() == b.size()
        && IntStream.range(0, a.size()).allMatch(i -> equal(a.get(i), b.get(i)));
  }

  /** Negative, zero or positive as {@code a} is less than, equal to or greater than {@code b}. */
  static int compare(Object a, Object b) {
    if (isNumeric(a) && isNumeric(b)) {
      return decimal(a).compareTo(decimal(b));
    } else if (a instanceof String x && b instanceof String y) {
      return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
    }
    throw TemplateException.of("%s and %s have no order", type(a), type(b));
  }

  /** {@code member in container}. */
  static boolean contains(Object container, Object member) {
    if (container instanceof String text) {
      if (member instanceof String part) {
        return text.contains(part);
      }
      throw TemplateException.of("%s in a string (expected: a string)", type(member));
    } else if (container instanceof Map<?, ?> map) {
      return map.containsKey(member);
    }
    return items(container).stream().anyMatch(item -> equal(item, member));
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
        throw TemplateException.of("%s in a comparison", repr(number.doubleValue()));
      }
      return new BigDecimal(number);
    }
    return new BigDecimal(value.toString());
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
    }
    return value instanceof JinjaCallable ? "a function" : "an object";
  }
}
