package dev.kelpie.rewards.answer;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Optional;

/**
 * An exact fraction in lowest terms, its denominator positive. Neither part has more than {@link
 * #MOST_BITS} bits; an operation whose result would have more is refused before it is computed.
 */
record Rational(BigInteger numerator, BigInteger denominator) implements Comparable<Rational> {
  static final int MOST_BITS = 32_768;

  /** Digits of the longest numeral that is read; 10^9800 has fewer bits than the most. */
  static final int MOST_DIGITS = 9_800;

  static final Rational ZERO = of(0);
  static final Rational ONE = of(1);

  static Rational of(long value) {
    return new Rational(BigInteger.valueOf(value), BigInteger.ONE);
  }

  static Rational of(BigInteger value) {
    return new Rational(value, BigInteger.ONE);
  }

  static Rational of(BigInteger numerator, BigInteger denominator, Steps steps)
      throws UnreadableAnswer {
    if (denominator.signum() == 0) {
      throw new UnreadableAnswer("divides by zero");
    }
    long bits = Math.max(numerator.bitLength(), denominator.bitLength());
    if (bits > 2L * MOST_BITS) {
      throw tooLarge();
    }
    steps.calculate(bits);
    BigInteger divisor = numerator.gcd(denominator);
    BigInteger sign = BigInteger.valueOf(denominator.signum());
    Rational reduced =
        new Rational(
            numerator.divide(divisor).multiply(sign), denominator.divide(divisor).multiply(sign));
    if (reduced.bits() > MOST_BITS) {
      throw tooLarge();
    }
    return reduced;
  }

  Rational plus(Rational other, Steps steps) throws UnreadableAnswer {
    return of(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator),
        steps);
  }

  Rational times(Rational other, Steps steps) throws UnreadableAnswer {
    return of(numerator.multiply(other.numerator), denominator.multiply(other.denominator), steps);
  }

  Rational over(Rational other, Steps steps) throws UnreadableAnswer {
    return of(numerator.multiply(other.denominator), denominator.multiply(other.numerator), steps);
  }

  Rational negate() {
    return new Rational(numerator.negate(), denominator);
  }

  Rational abs() {
    return new Rational(numerator.abs(), denominator);
  }

  /** This number to a whole power. */
  Rational power(BigInteger exponent, Steps steps) throws UnreadableAnswer {
    if (signum() == 0 && exponent.signum() <= 0) {
      throw new UnreadableAnswer("raises zero to a power that is not positive");
    }
    if (signum() == 0 || abs().equals(ONE)) {
      return exponent.testBit(0) || signum() >= 0 ? this : ONE;
    }
    if (exponent.bitLength() > 31
        || (long) bits() * Math.abs(exponent.longValue()) > 2L * MOST_BITS) {
      throw tooLarge();
    }
    int times = Math.abs(exponent.intValue());
    steps.calculate((long) bits() * times);
    BigInteger top = numerator.pow(times);
    BigInteger bottom = denominator.pow(times);
    return exponent.signum() < 0 ? of(bottom, top, steps) : of(top, bottom, steps);
  }

  /** The root of a degree in [2, 64], if it is rational and real. */
  Optional<Rational> root(int degree, Steps steps) throws UnreadableAnswer {
    if (signum() < 0) {
      return degree % 2 == 0
          ? Optional.empty()
          : negate().root(degree, steps).map(Rational::negate);
    }
    BigInteger top = floorRoot(numerator, degree, steps);
    BigInteger bottom = floorRoot(denominator, degree, steps);
    return top.pow(degree).equals(numerator) && bottom.pow(degree).equals(denominator)
        ? Optional.of(new Rational(top, bottom))
        : Optional.empty();
  }

  /** Newton's iteration from above. */
  private static BigInteger floorRoot(BigInteger value, int degree, Steps steps)
      throws UnreadableAnswer {
    if (value.bitLength() <= 1) {
      return value;
    }
    BigInteger root = BigInteger.ONE.shiftLeft(value.bitLength() / degree + 1);
    while (true) {
      steps.calculate(value.bitLength());
      BigInteger next =
          root.multiply(BigInteger.valueOf(degree - 1L))
              .add(value.divide(root.pow(degree - 1)))
              .divide(BigInteger.valueOf(degree));
      if (next.compareTo(root) >= 0) {
        return root;
      }
      root = next;
    }
  }

  boolean isWhole() {
    return denominator.equals(BigInteger.ONE);
  }

  int signum() {
    return numerator.signum();
  }

  int bits() {
    return Math.max(numerator.bitLength(), denominator.bitLength());
  }

  /** Whether it can be written as a decimal: its denominator is a product of twos and fives. */
  boolean isDecimal() {
    BigInteger rest = denominator.shiftRight(denominator.getLowestSetBit());
    // 5^14112 is the largest power of five within the most bits.
    return BigInteger.valueOf(5).modPow(BigInteger.valueOf(16_384), rest).signum() == 0
        || rest.equals(BigInteger.ONE);
  }

  double toDouble() {
    return new BigDecimal(numerator)
        .divide(new BigDecimal(denominator), MathContext.DECIMAL64)
        .doubleValue();
  }

  @Override
  public int compareTo(Rational other) {
    return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
  }

  private static UnreadableAnswer tooLarge() {
    return new UnreadableAnswer("has a number of more than " + MOST_BITS + " bits");
  }
}
