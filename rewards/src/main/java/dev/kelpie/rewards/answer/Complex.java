package dev.kelpie.rewards.answer;

/** A complex number of two doubles. What is undefined is NaN. */
record Complex(double real, double imaginary) {
  static final Complex ONE = new Complex(1, 0);
  static final Complex NONE = new Complex(Double.NaN, Double.NaN);

  static Complex of(double real) {
    return new Complex(real, 0);
  }

  Complex plus(Complex other) {
    return new Complex(real + other.real, imaginary + other.imaginary);
  }

  Complex minus(Complex other) {
    return new Complex(real - other.real, imaginary - other.imaginary);
  }

  Complex negate() {
    return new Complex(-real, imaginary == 0 ? 0 : -imaginary);
  }

  Complex times(Complex other) {
    if (imaginary == 0 && other.imaginary == 0) {
      return of(real * other.real);
    }
    return new Complex(
        real * other.real - imaginary * other.imaginary,
        real * other.imaginary + imaginary * other.real);
  }

  Complex over(Complex other) {
    if (other.imaginary == 0) {
      return other.real == 0 ? NONE : new Complex(real / other.real, imaginary / other.real);
    }
    double square = other.real * other.real + other.imaginary * other.imaginary;
    Complex top = times(new Complex(other.real, -other.imaginary));
    return new Complex(top.real / square, top.imaginary / square);
  }

  double size() {
    return Math.hypot(real, imaginary);
  }

  boolean isFinite() {
    return Double.isFinite(real) && Double.isFinite(imaginary);
  }

  boolean isReal() {
    return imaginary == 0;
  }

  Complex exp() {
    double size = Math.exp(real);
    return imaginary == 0
        ? of(size)
        : new Complex(size * Math.cos(imaginary), size * Math.sin(imaginary));
  }

  /** The principal logarithm. */
  Complex log() {
    return size() == 0 ? NONE : new Complex(Math.log(size()), Math.atan2(imaginary, real));
  }

  /** The principal power. */
  Complex power(Complex exponent) {
    if (size() == 0) {
      return exponent.real > 0 ? of(0) : NONE;
    }
    if (isReal() && exponent.isReal() && (real > 0 || exponent.real == Math.rint(exponent.real))) {
      return of(Math.pow(real, exponent.real));
    }
    return exponent.times(log()).exp();
  }

  /** The root of a degree: the real one where there is one, else the principal one. */
  Complex root(Complex degree) {
    if (degree.size() == 0) {
      return NONE;
    }
    if (isReal() && degree.equals(of(2))) {
      return real >= 0 ? of(Math.sqrt(real)) : new Complex(0, Math.sqrt(-real));
    }
    boolean odd = degree.isReal() && Math.abs(degree.real % 2) == 1;
    if (isReal() && real < 0 && odd) {
      return of(-Math.pow(-real, 1 / degree.real));
    }
    return power(ONE.over(degree));
  }

  Complex sin() {
    return imaginary == 0
        ? of(Math.sin(real))
        : new Complex(Math.sin(real) * Math.cosh(imaginary), Math.cos(real) * Math.sinh(imaginary));
  }

  Complex cos() {
    return imaginary == 0
        ? of(Math.cos(real))
        : new Complex(
            Math.cos(real) * Math.cosh(imaginary), -Math.sin(real) * Math.sinh(imaginary));
  }
}
