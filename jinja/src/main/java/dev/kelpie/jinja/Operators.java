package dev.kelpie.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic on values. */
final class Operators {
  private Operators() {}

  /** {@code a operator b}. */
  static Object apply(String operator, Object a, Object b) {
    if (operator.equals("~")) {
      return Python.str(a) + Python.str(b);
    } else if (operator.equals("+") && a instanceof String x && b instanceof String y) {
      return x + y;
    } else if (operator.equals("+") && a instanceof List<?> x && b instanceof List<?> y) {
      List<Object> all = new ArrayList<>(x);
      all.addAll(y);
      return all;
    } else if (operator.equals("*") && a instanceof String text && b instanceof Long) {
      return text.repeat(Math.max(0, Python.integer(b, "repeat")));
    } else if (Python.isNumeric(a) && Python.isNumeric(b)) {
      return isWhole(a) && isWhole(b) ? whole(operator, a, b) : real(operator, a, b);
    }
    throw TemplateException.of("%s %s %s", Python.type(a), operator, Python.type(b));
  }

  /** {@code -value}. */
  static Object negate(Object value) {
    return apply("-", 0L, value);
  }

  /** A whole number as the type that values have. */
  static Object whole(BigInteger number) {
    return number.bitLength() < 64 ? (Object) number.longValue() : number;
  }

  private static boolean isWhole(Object value) {
    return !(value instanceof Double);
  }

  private static Object whole(String operator, Object a, Object b) {
    BigInteger x = Python.decimal(a).toBigIntegerExact();
    BigInteger y = Python.decimal(b).toBigIntegerExact();
    return switch (operator) {
      case "+" -> whole(x.add(y));
      case "-" -> whole(x.subtract(y));
      case "*" -> whole(x.multiply(y));
      case "/" -> real(operator, a, b);
      case "//" -> whole(floorDivide(x, y));
      case "%" -> whole(x.subtract(floorDivide(x, y).multiply(y)));
      case "**" -> power(x, y);
      default -> throw TemplateException.of("unknown operator %s", operator);
    };
  }

  private static BigInteger floorDivide(BigInteger x, BigInteger y) {
    if (y.signum() == 0) {
      throw TemplateException.of("division by zero");
    }
    BigInteger[] parts = x.divideAndRemainder(y);
    boolean down = parts[1].signum() != 0 && parts[1].signum() != y.signum();
    return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Object power(BigInteger x, BigInteger y) {
    if (y.signum() < 0 || y.bitLength() > 10) {
      throw TemplateException.of("power %s is not supported", y);
    }
    return whole(x.pow(y.intValue()));
  }

  private static Object real(String operator, Object a, Object b) {
    double x = Python.decimal(a).doubleValue();
    double y = Python.decimal(b).doubleValue();
    if (y == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw TemplateException.of("division by zero");
    }
    return switch (operator) {
      case "+" -> x + y;
      case "-" -> x - y;
      case "*" -> x * y;
      case "/" -> x / y;
      default -> throw TemplateException.of("operator %s on fractions is not supported", operator);
    };
  }
}
