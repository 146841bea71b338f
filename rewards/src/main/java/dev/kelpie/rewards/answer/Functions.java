package dev.kelpie.rewards.answer;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** The functions that answers may call, in doubles. */
final class Functions {
  private Functions() {}

  /** The value of a function; not finite where it has none. */
  static Complex value(String function, Complex... values) {
    Complex x = values[0];
    return switch (function) {
      case "sin" -> x.sin();
      case "cos" -> x.cos();
      case "tan" -> x.sin().over(x.cos());
      case "cot" -> x.cos().over(x.sin());
      case "sec" -> Complex.ONE.over(x.cos());
      case "csc" -> Complex.ONE.over(x.sin());
      case "sinh" -> x.exp().minus(x.negate().exp()).over(Complex.of(2));
      case "cosh" -> x.exp().plus(x.negate().exp()).over(Complex.of(2));
      case "tanh" -> x.exp().minus(x.negate().exp()).over(x.exp().plus(x.negate().exp()));
      case "exp" -> x.exp();
      case "ln" -> x.log();
      case "log" -> x.log().over((values.length > 1 ? values[1] : Complex.of(10)).log());
      case "abs" -> Complex.of(x.size());
      case "binom" -> binomial(x, values[1]);
      default -> real(function, values);
    };
  }

  /** Functions of real numbers only. */
  private static Complex real(String function, Complex... values) {
    if (!Arrays.stream(values).allMatch(Complex::isReal)) {
      return Complex.NONE;
    }
    return switch (function) {
      case "arcsin" -> apply(Math::asin, values[0]);
      case "arccos" -> apply(Math::acos, values[0]);
      case "arctan" -> apply(Math::atan, values[0]);
      case "floor" -> apply(Math::floor, values[0]);
      case "ceil" -> apply(Math::ceil, values[0]);
      case "factorial" -> factorial(values[0]);
      case "max" ->
          Complex.of(Arrays.stream(values).mapToDouble(Complex::real).max().orElseThrow());
      case "min" ->
          Complex.of(Arrays.stream(values).mapToDouble(Complex::real).min().orElseThrow());
      default -> Complex.NONE;
    };
  }

  private static Complex apply(DoubleUnaryOperator function, Complex x) {
    return Complex.of(function.applyAsDouble(x.real()));
  }

  /** Gamma(x + 1), by the approximation of Lanczos, to about 14 digits. */
  private static Complex factorial(Complex x) {
    return x.real() < 0 || x.real() > 170
        ? Complex.NONE
        : Complex.of(Math.exp(logGamma(x.real() + 1)));
  }

  private static Complex binomial(Complex n, Complex k) {
    if (!n.isReal() || !k.isReal() || k.real() < 0 || n.real() < k.real()) {
      return Complex.NONE;
    }
    return Complex.of(
        Math.exp(
            logGamma(n.real() + 1) - logGamma(k.real() + 1) - logGamma(n.real() - k.real() + 1)));
  }

  private static double logGamma(double x) {
    double[] parts = {
      676.5203681218851,
      -1259.1392167224028,
      771.3234287776531,
      -176.6150291621406,
      12.507343278686905,
      -0.13857109526572012,
      9.984369578019572e-6,
      1.5056327351493116e-7
    };
    double z = x - 1;
    double sum = 0.9999999999998099;
    for (int i = 0; i < parts.length; i++) {
      sum += parts[i] / (z + i + 1);
    }
    double t = z + parts.length - 0.5;
    return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
  }
}
