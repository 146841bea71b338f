package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Node.Degrees;
import dev.kelpie.rewards.answer.Node.Name;
import dev.kelpie.rewards.answer.Node.Percent;
import dev.kelpie.rewards.answer.Node.Product;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Compares numbers and formulas by value.
 *
 * <p>Whole numbers and fractions are equal if they are so exactly. Two decimals, or a decimal and a
 * fraction that has a finite decimal form, may differ by {@value #ROUNDING} (relative, if they are
 * below 1), as doubles do that were printed and read. A decimal stands for a number without finite
 * decimal form if they differ by at most {@value #APPROXIMATION} (relative below 1). Irrational
 * numbers are compared in doubles, to {@value #RELATIVE} of their size.
 *
 * <p>Formulas with variables are equal if they are at {@value #POINTS} seeded real points, at three
 * of which at least both must be finite.
 *
 * @param tolerance largest difference of two numbers that still counts as equal, beside these
 */
record Numbers(double tolerance, Steps steps) {
  static final double ROUNDING = 1e-9;
  static final double APPROXIMATION = 1e-6;
  static final double RELATIVE = 1e-9;
  static final int POINTS = 12;

  /** Rounding error that is left where terms of about 1 cancel. */
  private static final double FLOOR = 1e-13;

  private static final double SMALLEST = 1e-290;
  private static final Set<String> UNIT_LETTERS = Set.of("m", "g", "s", "h", "L", "l", "N", "J");

  /** A number: exact if it is a fraction. */
  private record Quantity(
      Optional<Rational> exact, Complex value, boolean decimal, boolean cancels) {}

  /** Whether two nodes are equal; the flags choose the sign of each {@code ±}. */
  boolean equal(Node a, boolean upperA, Node b, boolean upperB) throws UnreadableAnswer {
    if (a.infinity() != 0 || b.infinity() != 0) {
      return a.infinity() == b.infinity();
    }
    if (upperA == upperB && a.equals(b)) {
      return true;
    }
    Set<String> names = names(a);
    Set<String> others = names(b);
    if (names.isEmpty() && others.size() == 1 && withoutUnit(b).isPresent()) {
      return equal(a, upperA, withoutUnit(b).get(), upperB);
    }
    if (names.isEmpty() && others.isEmpty()) {
      return equal(number(a, upperA), number(b, upperB));
    }
    names.addAll(others);
    return equalAtPoints(names, a, upperA, b, upperB);
  }

  /** The number of {@code 5m}, where the answer that it is compared with has no unit. */
  private static Optional<Node> withoutUnit(Node node) {
    if (node instanceof Product product
        && product.factors().size() == 2
        && names(product.factors().get(0)).isEmpty()
        && product.factors().get(1) instanceof Name name
        && UNIT_LETTERS.contains(name.name())) {
      return Optional.of(product.factors().get(0));
    }
    return Optional.empty();
  }

  /**
   * Refuses what has no value: a number that is too large, a division by zero.
   *
   * @throws UnreadableAnswer with the reason
   */
  void check(Node node) throws UnreadableAnswer {
    if (node.infinity() != 0) {
      return;
    }
    if (names(node).isEmpty()) {
      number(node, true);
    } else {
      new Evaluator(true, steps).exact(node);
      new Evaluator(true, steps).at(node, Map.of());
    }
  }

  /** The number that a node without variables is. */
  double toDouble(Node node) throws UnreadableAnswer {
    if (node.infinity() != 0) {
      return node.infinity() * Double.POSITIVE_INFINITY;
    }
    return number(node, true).value().real();
  }

  private Quantity number(Node node, boolean upper) throws UnreadableAnswer {
    Evaluator evaluator = new Evaluator(upper, steps);
    Optional<Rational> exact = evaluator.exact(node);
    if (exact.isPresent()) {
      return new Quantity(
          exact, Complex.of(exact.get().toDouble()), node.hasDecimal(), isZero(exact));
    }
    Complex value = evaluator.at(node, Map.of());
    if (!value.isFinite()) {
      throw new UnreadableAnswer("has no value, or one that is too large");
    }
    return new Quantity(exact, value, node.hasDecimal(), cancels(node));
  }

  private boolean equal(Quantity a, Quantity b) throws UnreadableAnswer {
    if (a.exact().isPresent() && b.exact().isPresent()) {
      return equalExact(a, b);
    }
    double difference = a.value().minus(b.value()).size();
    double larger = Math.max(a.value().size(), b.value().size());
    boolean approximated = isDecimal(a) || isDecimal(b);
    double allowed =
        approximated
            ? APPROXIMATION * Math.min(1, larger)
            : allowed(larger, a.cancels() || b.cancels());
    return difference <= Math.max(allowed, tolerance);
  }

  /** The allowed error of doubles of a size, and of differences of larger ones. */
  private static double allowed(double larger, boolean cancels) {
    return cancels ? Math.max(RELATIVE * larger, FLOOR) : RELATIVE * larger;
  }

  private static boolean isZero(Optional<Rational> exact) {
    return exact.isPresent() && exact.get().equals(Rational.ZERO);
  }

  /** Whether terms may cancel in a node, as in sums and functions, or it is 0. */
  private static boolean cancels(Node node) {
    boolean zero = node instanceof Node.Exact exact && exact.value().equals(Rational.ZERO);
    return zero
        || node instanceof Node.Sum
        || node instanceof Node.Call
        || node.parts().stream().anyMatch(Numbers::cancels);
  }

  private static boolean isDecimal(Quantity number) {
    return number.exact().isPresent() && number.decimal();
  }

  private boolean equalExact(Quantity a, Quantity b) throws UnreadableAnswer {
    Rational first = a.exact().orElseThrow();
    Rational second = b.exact().orElseThrow();
    if (first.equals(second)) {
      return true;
    }
    Rational difference = first.plus(second.negate(), steps).abs();
    if (tolerance > 0 && difference.compareTo(rational(tolerance)) <= 0) {
      return true;
    }
    boolean decimals = a.decimal() || b.decimal();
    if (!decimals || (first.isWhole() && second.isWhole())) {
      return false;
    }
    boolean endless =
        (a.decimal() && !b.decimal() && !second.isDecimal())
            || (b.decimal() && !a.decimal() && !first.isDecimal());
    Rational size = first.abs().compareTo(second.abs()) > 0 ? first.abs() : second.abs();
    Rational scale = size.compareTo(Rational.ONE) > 0 ? Rational.ONE : size;
    Rational allowed = scale.times(rational(endless ? APPROXIMATION : ROUNDING), steps);
    return difference.compareTo(allowed) <= 0;
  }

  private Rational rational(double value) throws UnreadableAnswer {
    java.math.BigDecimal decimal = java.math.BigDecimal.valueOf(value);
    java.math.BigInteger ten = java.math.BigInteger.TEN;
    return decimal.scale() >= 0
        ? Rational.of(decimal.unscaledValue(), ten.pow(decimal.scale()), steps)
        : Rational.of(decimal.toBigIntegerExact(), java.math.BigInteger.ONE, steps);
  }

  private boolean equalAtPoints(Set<String> names, Node a, boolean upperA, Node b, boolean upperB)
      throws UnreadableAnswer {
    Evaluator first = new Evaluator(upperA, steps);
    Evaluator second = new Evaluator(upperB, steps);
    boolean cancels = cancels(a) || cancels(b);
    int compared = 0;
    for (int i = 0; i < POINTS; i++) {
      Map<String, Complex> point = point(names, i);
      Complex x = first.at(a, point);
      Complex y = second.at(b, point);
      double larger = Math.max(x.size(), y.size());
      boolean vanishes = larger > 0 && larger < SMALLEST;
      if (x.isFinite() && y.isFinite() && !vanishes) {
        if (x.minus(y).size() > allowed(larger, cancels)) {
          return false;
        }
        compared++;
      }
    }
    return compared >= 3;
  }

  /** Seeded values of variables: near 1 first, then of both signs. */
  static Map<String, Complex> point(Set<String> names, int index) {
    Map<String, Complex> point = new HashMap<>();
    for (String name : names) {
      SplittableRandom random = new SplittableRandom(31L * name.hashCode() + index);
      double value = 0.2 + 2.3 * random.nextDouble();
      if (index < 3) {
        value = 0.9 + 0.2 * random.nextDouble();
      } else if (index >= 6 && random.nextBoolean()) {
        value = -value;
      }
      point.put(name, Complex.of(value));
    }
    return point;
  }

  /** The variables of a node. */
  static Set<String> names(Node node) {
    Set<String> names = new TreeSet<>();
    addNames(node, names);
    return names;
  }

  private static void addNames(Node node, Set<String> names) {
    if (node instanceof Name name && !Evaluator.CONSTANTS.contains(name.name())) {
      names.add(name.name());
    }
    node.parts().forEach(part -> addNames(part, names));
  }

  /** What a percentage or an angle may stand for: the number before the sign, and its value. */
  static List<Node> readings(Node node) {
    if (node instanceof Percent percent) {
      return List.of(percent.of(), node);
    }
    if (node instanceof Degrees degrees) {
      return List.of(degrees.of(), node);
    }
    if (node instanceof Node.Negative negative) {
      return readings(negative.of()).stream().<Node>map(Node.Negative::new).toList();
    }
    return List.of(node);
  }
}
