package dev.kelpie.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic on values. */
final class Operators {
  private Operators() {}

  /** {@code a operator b}. */
  static Object apply(String operator, Object a, Object b, Budget budget) {
    budget.step();
    if (operator.equals("~")) {
      return concatenated(Python.str(a, budget), Python.str(b, budget), budget);
    } else if (operator.equals("+") && a instanceof String x && b instanceof String y) {
      return concatenated(x, y, budget);
    } else if (operator.equals("+") && a instanceof List<?> x && b instanceof List<?> y) {
      budget.items((long) x.size() + y.size());
      List<Object> all = new ArrayList<>(x.size() + y.size());
      all.addAll(x);
      all.addAll(y);
      return all;
    } else if (operator.equals("*") && a instanceof String text && b instanceof Long) {
      int times = Math.max(0, Python.integer(b, "repeat"));
      budget.text((long) text.length() * times);
      return text.repeat(times);
    } else if (Python.isNumeric(a) && Python.isNumeric(b)) {
      return isWhole(a) && isWhole(b) ? whole(operator, a, b, budget) : real(operator, a, b);
    }
    throw TemplateException.of(
        "%s %s %s is not supported", Python.type(a), operator, Python.type(b));
  }

  private static String concatenated(String a, String b, Budget budget) {
    budget.text((long) a.length() + b.length());
    return a + b;
  }

  /** {@code -value}. */
  static Object negate(Object value, Budget budget) {
    return value instanceof Double number ? -number : apply("-", 0L, value, budget);
  }

  /** {@code +value}. */
  static Object positive(Object value, Budget budget) {
    return value instanceof Double number ? number : apply("+", 0L, value, budget);
  }

  /** A whole number as the type that values have. */
  static Object whole(BigInteger number) {
    Budget.requireBits(number.bitLength());
    return number.bitLength() < 64 ? (Object) number.longValue() : number;
  }

  private static boolean isWhole(Object value) {
    return !(value instanceof Double);
  }

  /** The value of a whole number or boolean. */
  static BigInteger integer(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? BigInteger.ONE : BigInteger.ZERO;
    }
    return value instanceof BigInteger whole ? whole : BigInteger.valueOf((Long) value);
  }

  private static Object whole(String operator, Object a, Object b, Budget budget) {
    BigInteger x = integer(a);
    BigInteger y = integer(b);
    budget.number(x.bitLength(), y.bitLength());
    return switch (operator) {
      case "+" -> whole(x.add(y));
      case "-" -> whole(x.subtract(y));
      case "*" -> {
        Budget.requireBits((long) x.bitLength() + y.bitLength() - 1);
        yield whole(x.multiply(y));
      }
      case "/" -> quotient(x, y);
      case "//" -> whole(floorDivide(x, y));
      case "%" -> whole(x.subtract(floorDivide(x, y).multiply(y)));
      case "**" -> power(x, y, budget);
      default -> throw TemplateException.of("unknown operator %s", operator);
    };
  }

  /** Exact below 2^53; Python rounds the quotient of larger numbers once, which we do not. */
  private static Object quotient(BigInteger x, BigInteger y) {
    if (x.bitLength() > 53 || y.bitLength() > 53) {
      throw TemplateException.of("a quotient of numbers above 2**53 is not supported");
    } else if (y.signum() == 0) {
      throw TemplateException.of("division by zero");
    }
    return x.doubleValue() / y.doubleValue();
  }

  private static BigInteger floorDivide(BigInteger x, BigInteger y) {
    if (y.signum() == 0) {
      throw TemplateException.of("division by zero");
    }
    BigInteger[] parts = x.divideAndRemainder(y);
    boolean down = parts[1].signum() != 0 && parts[1].signum() != y.signum();
    return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Object power(BigInteger x, BigInteger y, Budget budget) {
    if (y.signum() < 0) {
      throw TemplateException.of("a negative exponent is not supported");
    }
    long bits = Math.max(1, x.abs().bitLength() - 1L); // also of -1, 0 and 1: pow takes as long
    long made = y.bitLength() > 31 ? Long.MAX_VALUE : bits * y.intValue();
    Budget.requireBits(made);
    budget.number(made, made);
    return whole(x.pow(y.intValue()));
  }

  private static Object real(String operator, Object a, Object b) {
    double x = Python.real(a);
    double y = Python.real(b);
    if (y == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw TemplateException.of("division by zero");
    }
    double result =
        switch (operator) {
          case "+" -> x + y;
          case "-" -> x - y;
          case "*" -> x * y;
          case "/" -> x / y;
          default ->
              throw TemplateException.of("operator %s on fractions is not supported", operator);
        };
    if (!Double.isFinite(result)) {
      throw TemplateException.of("a number that is not finite is not supported");
    }
    return result;
  }
}
