package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Node.Call;
import dev.kelpie.rewards.answer.Node.Degrees;
import dev.kelpie.rewards.answer.Node.Exact;
import dev.kelpie.rewards.answer.Node.Name;
import dev.kelpie.rewards.answer.Node.Negative;
import dev.kelpie.rewards.answer.Node.Percent;
import dev.kelpie.rewards.answer.Node.PlusMinus;
import dev.kelpie.rewards.answer.Node.Power;
import dev.kelpie.rewards.answer.Node.Product;
import dev.kelpie.rewards.answer.Node.Quotient;
import dev.kelpie.rewards.answer.Node.Root;
import dev.kelpie.rewards.answer.Node.Sum;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Calculates expressions: exactly, as a fraction, where that is possible, else in doubles.
 *
 * @param upper whether {@code ±} is a plus
 */
record Evaluator(boolean upper, Steps steps) {
  private static final BigInteger LARGEST_FACTORIAL = BigInteger.valueOf(2_000);
  private static final Rational HUNDRED = Rational.of(100);

  static final Set<String> CONSTANTS = Set.of("pi", "e", "i", "infty");

  /** The fraction that {@code node} is; empty if it has variables or is irrational. */
  Optional<Rational> exact(Node node) throws UnreadableAnswer {
    steps.calculate(0);
    if (node instanceof Exact exact) {
      return Optional.of(exact.value());
    } else if (node instanceof Sum sum) {
      Rational total = Rational.ZERO;
      for (Node term : sum.terms()) {
        Optional<Rational> value = exact(term);
        if (value.isEmpty()) {
          return Optional.empty();
        }
        total = total.plus(value.get(), steps);
      }
      return Optional.of(total);
    } else if (node instanceof Product product) {
      Rational total = Rational.ONE;
      for (Node factor : product.factors()) {
        Optional<Rational> value = exact(factor);
        if (value.isEmpty()) {
          return Optional.empty();
        }
        total = total.times(value.get(), steps);
      }
      return Optional.of(total);
    }
    return exactOperation(node);
  }

  private Optional<Rational> exactOperation(Node node) throws UnreadableAnswer {
    if (node instanceof Quotient quotient) {
      Optional<Rational> top = exact(quotient.top());
      Optional<Rational> bottom = exact(quotient.bottom());
      return top.isPresent() && bottom.isPresent()
          ? Optional.of(top.get().over(bottom.get(), steps))
          : Optional.empty();
    } else if (node instanceof Negative negative) {
      return exact(negative.of()).map(Rational::negate);
    } else if (node instanceof PlusMinus plusMinus) {
      return exact(plusMinus.term())
          .map(value -> plusMinus.plusFirst() == upper ? value : value.negate());
    } else if (node instanceof Percent percent) {
      Optional<Rational> value = exact(percent.of());
      return value.isPresent() ? Optional.of(value.get().over(HUNDRED, steps)) : Optional.empty();
    } else if (node instanceof Power power) {
      return exactPower(power);
    } else if (node instanceof Root root) {
      Optional<Rational> radicand = exact(root.radicand());
      Optional<Rational> degree = exact(root.degree());
      return radicand.isPresent() && degree.isPresent()
          ? root(radicand.get(), degree.get())
          : Optional.empty();
    } else if (node instanceof Call call) {
      return exactCall(call);
    }
    return Optional.empty();
  }

  private Optional<Rational> exactPower(Power power) throws UnreadableAnswer {
    Optional<Rational> base = exact(power.base());
    Optional<Rational> exponent = exact(power.exponent());
    if (base.isEmpty() || exponent.isEmpty()) {
      return Optional.empty();
    }
    if (exponent.get().isWhole()) {
      return Optional.of(base.get().power(exponent.get().numerator(), steps));
    }
    if (base.get().signum() < 0) {
      return Optional.empty();
    }
    Optional<Rational> root = root(base.get(), Rational.of(exponent.get().denominator()));
    return root.isPresent()
        ? Optional.of(root.get().power(exponent.get().numerator(), steps))
        : Optional.empty();
  }

  private Optional<Rational> root(Rational radicand, Rational degree) throws UnreadableAnswer {
    boolean small = degree.isWhole() && degree.signum() > 0 && degree.numerator().bitLength() <= 6;
    if (!small || degree.numerator().intValue() < 2) {
      return small ? Optional.of(radicand) : Optional.empty();
    }
    return radicand.root(degree.numerator().intValue(), steps);
  }

  private Optional<Rational> exactCall(Call call) throws UnreadableAnswer {
    Rational[] values = new Rational[call.arguments().size()];
    for (int i = 0; i < values.length; i++) {
      Optional<Rational> value = exact(call.arguments().get(i));
      if (value.isEmpty()) {
        return Optional.empty();
      }
      values[i] = value.get();
    }
    return switch (call.function()) {
      case "abs" -> Optional.of(values[0].abs());
      case "floor" -> Optional.of(floor(values[0]));
      case "ceil" -> Optional.of(floor(values[0].negate()).negate());
      case "factorial" -> Optional.of(factorial(values[0]));
      case "binom" -> Optional.of(binomial(values[0], values[1]));
      case "gcd", "lcm" -> Optional.of(divisor(values, call.function().equals("lcm")));
      case "max" -> Optional.of(List.of(values).stream().max(Rational::compareTo).orElseThrow());
      case "min" -> Optional.of(List.of(values).stream().min(Rational::compareTo).orElseThrow());
      default -> Optional.empty();
    };
  }

  private static Rational floor(Rational value) {
    BigInteger[] parts = value.numerator().divideAndRemainder(value.denominator());
    BigInteger down = parts[1].signum() < 0 ? BigInteger.ONE : BigInteger.ZERO;
    return Rational.of(parts[0].subtract(down));
  }

  private Rational factorial(Rational value) throws UnreadableAnswer {
    if (!value.isWhole()
        || value.signum() < 0
        || value.numerator().compareTo(LARGEST_FACTORIAL) > 0) {
      throw new UnreadableAnswer("has a factorial that is not in [0, " + LARGEST_FACTORIAL + "]");
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= value.numerator().intValue(); i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    steps.calculate(product.bitLength());
    return Rational.of(product);
  }

  private Rational binomial(Rational n, Rational k) throws UnreadableAnswer {
    if (!n.isWhole() || !k.isWhole() || k.signum() < 0 || n.compareTo(k) < 0) {
      throw new UnreadableAnswer("has a binomial coefficient of no whole numbers n >= k >= 0");
    }
    Rational rest = Rational.of(n.numerator().subtract(k.numerator()));
    return factorial(n).over(factorial(k).times(factorial(rest), steps), steps);
  }

  private Rational divisor(Rational[] values, boolean multiple) throws UnreadableAnswer {
    BigInteger result = values[0].numerator().abs();
    for (Rational value : values) {
      if (!value.isWhole() || value.signum() == 0) {
        throw new UnreadableAnswer("has a divisor of numbers that are not whole");
      }
      BigInteger other = value.numerator().abs();
      BigInteger divisor = result.gcd(other);
      result = multiple ? result.divide(divisor).multiply(other) : divisor;
      Rational.of(result, BigInteger.ONE, steps);
    }
    return Rational.of(result);
  }

  /** The value at a point; not finite where there is none. */
  Complex at(Node node, Map<String, Complex> point) throws UnreadableAnswer {
    steps.calculate(0);
    if (node instanceof Exact exact) {
      return Complex.of(exact.value().toDouble());
    } else if (node instanceof Name name) {
      return value(name.name(), point);
    } else if (node instanceof Sum sum) {
      Complex total = Complex.of(0);
      for (Node term : sum.terms()) {
        total = total.plus(at(term, point));
      }
      return total;
    } else if (node instanceof Product product) {
      Complex total = Complex.ONE;
      for (Node factor : product.factors()) {
        total = total.times(at(factor, point));
      }
      return total;
    } else if (node instanceof Quotient quotient) {
      return at(quotient.top(), point).over(at(quotient.bottom(), point));
    } else if (node instanceof Power power) {
      return power(at(power.base(), point), at(power.exponent(), point), !point.isEmpty());
    } else if (node instanceof Root root) {
      return at(root.radicand(), point).root(at(root.degree(), point));
    } else if (node instanceof Negative negative) {
      return at(negative.of(), point).negate();
    } else if (node instanceof PlusMinus plusMinus) {
      Complex value = at(plusMinus.term(), point);
      return plusMinus.plusFirst() == upper ? value : value.negate();
    } else if (node instanceof Percent percent) {
      return at(percent.of(), point).over(Complex.of(100));
    } else if (node instanceof Degrees degrees) {
      return at(degrees.of(), point).times(Complex.of(Math.PI / 180));
    }
    return call((Call) node, point);
  }

  /** A power; formulas are compared only where the roots in them are roots of positive numbers. */
  private static Complex power(Complex base, Complex exponent, boolean formula) {
    boolean principal =
        base.isReal()
            && base.real() < 0
            && exponent.isReal()
            && exponent.real() != Math.rint(exponent.real());
    return formula && principal ? Complex.NONE : base.power(exponent);
  }

  private static Complex value(String name, Map<String, Complex> point) {
    return switch (name) {
      case "pi" -> Complex.of(Math.PI);
      case "e" -> Complex.of(Math.E);
      case "i" -> new Complex(0, 1);
      case "infty" -> Complex.of(Double.POSITIVE_INFINITY);
      default -> point.getOrDefault(name, Complex.NONE);
    };
  }

  private Complex call(Call call, Map<String, Complex> point) throws UnreadableAnswer {
    Complex[] values = new Complex[call.arguments().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = at(call.arguments().get(i), point);
    }
    return Functions.value(call.function(), values);
  }
}
