package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Value.Relation;
import dev.kelpie.rewards.answer.Value.Scalar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares equations and inequalities: two are equal if the differences of their sides are
 * proportional, by a positive factor where the sign has a direction. The factor is taken at seeded
 * points.
 */
record Relations(Comparison comparison) {
  boolean equal(Relation a, Relation b) throws UnreadableAnswer {
    if (a.sides().size() == b.sides().size() && a.signs().equals(b.signs()) && sameSides(a, b)) {
      return true;
    }
    if (a.sides().size() == 2 && b.sides().size() == 2) {
      return isProportional(a, b);
    }
    if (!a.isEquation() && !b.isEquation()) {
      Numbers numbers = comparison.numbers();
      Optional<List<Value.Row>> first = Segments.of(a, numbers);
      Optional<List<Value.Row>> second = Segments.of(b, numbers);
      return first.isPresent()
          && second.isPresent()
          && comparison.equal(first.get().get(0), second.get().get(0));
    }
    return a.isEquation() && b.isEquation() && isSameAssignment(a, b);
  }

  /** {@code x = 5 + 6 = 11} and {@code x = 11}. */
  private boolean isSameAssignment(Relation a, Relation b) throws UnreadableAnswer {
    Optional<Value> first = Comparison.assigned(a);
    Optional<Value> second = Comparison.assigned(b);
    return first.isPresent()
        && second.isPresent()
        && comparison.equal(a.sides().get(0), b.sides().get(0))
        && comparison.equal(first.get(), second.get());
  }

  private boolean sameSides(Relation a, Relation b) throws UnreadableAnswer {
    for (int i = 0; i < a.sides().size(); i++) {
      if (!comparison.equal(a.sides().get(i), b.sides().get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean isProportional(Relation a, Relation b) throws UnreadableAnswer {
    Optional<Node> first = difference(a);
    Optional<Node> second = difference(b);
    String sign = b.signs().get(0);
    boolean same = a.signs().get(0).equals(sign);
    boolean turned = a.signs().get(0).equals(turned(sign));
    if (first.isEmpty() || second.isEmpty() || !(same || turned)) {
      return false;
    }
    Set<String> names = Comparison.names(first.get(), second.get());
    double factor = factor(first.get(), second.get(), names);
    if (same && turned) {
      return factor != 0;
    }
    return same ? factor > 0 : factor < 0;
  }

  private static Optional<Node> difference(Relation relation) {
    return relation.sides().get(0) instanceof Scalar left
            && relation.sides().get(1) instanceof Scalar right
        ? Optional.of(Comparison.difference(left.node(), right.node()))
        : Optional.empty();
  }

  private static String turned(String sign) {
    return switch (sign) {
      case "<" -> ">";
      case ">" -> "<";
      case "<=" -> ">=";
      case ">=" -> "<=";
      default -> sign;
    };
  }

  /** {@code a / b} where it is the same real number at all points, else 0. */
  private double factor(Node a, Node b, Set<String> names) throws UnreadableAnswer {
    Evaluator evaluator = new Evaluator(true, comparison.numbers().steps());
    double factor = 0;
    int compared = 0;
    for (int i = 0; i < Numbers.POINTS && !names.isEmpty(); i++) {
      Map<String, Complex> point = Numbers.point(names, i);
      Complex ratio = evaluator.at(a, point).over(evaluator.at(b, point));
      if (ratio.isFinite()) {
        boolean changed = compared > 0 && Math.abs(ratio.real() - factor) > 1e-8 * Math.abs(factor);
        if (changed || Math.abs(ratio.imaginary()) > 1e-9 * ratio.size()) {
          return 0;
        }
        factor = ratio.real();
        compared++;
      }
    }
    return compared >= 3 ? factor : 0;
  }

  /** Whether two ratios are equal: {@code 2:4} and {@code 1:2}. */
  boolean isProportional(List<Value> a, List<Value> b) throws UnreadableAnswer {
    Numbers numbers = comparison.numbers();
    if (!(a.get(0) instanceof Scalar firstA) || !(b.get(0) instanceof Scalar firstB)) {
      return false;
    }
    for (int i = 1; i < a.size(); i++) {
      if (!(a.get(i) instanceof Scalar x) || !(b.get(i) instanceof Scalar y)) {
        return false;
      }
      Node left = new Node.Product(List.of(firstA.node(), y.node()));
      Node right = new Node.Product(List.of(firstB.node(), x.node()));
      Node zero = Node.of(Rational.ZERO);
      boolean vanishes = numbers.equal(left, true, zero, true);
      if (vanishes || !numbers.equal(left, true, right, true)) {
        return false;
      }
    }
    return true;
  }
}
