package dev.kelpie.rewards.answer;

import java.util.List;

/** An expression as it is written. {@link Evaluator} calculates it. */
sealed interface Node {
  /** A numeral; {@code decimal} if it is written with a point or an exponent. */
  record Exact(Rational value, boolean decimal) implements Node {}

  /** A variable, or one of the constants {@code pi}, {@code e}, {@code i} and {@code infty}. */
  record Name(String name) implements Node {}

  record Sum(List<Node> terms) implements Node {}

  record Product(List<Node> factors) implements Node {}

  record Quotient(Node top, Node bottom) implements Node {}

  record Power(Node base, Node exponent) implements Node {}

  record Root(Node radicand, Node degree) implements Node {}

  record Negative(Node of) implements Node {}

  record Call(String function, List<Node> arguments) implements Node {}

  /** A term behind {@code ±}, or behind {@code ∓} if it is not {@code plusFirst}. */
  record PlusMinus(Node term, boolean plusFirst) implements Node {}

  record Percent(Node of) implements Node {}

  record Degrees(Node of) implements Node {}

  static Node of(Rational value) {
    return new Exact(value, false);
  }

  /** The nodes right below this one. */
  default List<Node> parts() {
    if (this instanceof Sum sum) {
      return sum.terms();
    } else if (this instanceof Product product) {
      return product.factors();
    } else if (this instanceof Quotient quotient) {
      return List.of(quotient.top(), quotient.bottom());
    } else if (this instanceof Power power) {
      return List.of(power.base(), power.exponent());
    } else if (this instanceof Root root) {
      return List.of(root.radicand(), root.degree());
    } else if (this instanceof Negative negative) {
      return List.of(negative.of());
    } else if (this instanceof Call call) {
      return call.arguments();
    } else if (this instanceof PlusMinus plusMinus) {
      return List.of(plusMinus.term());
    } else if (this instanceof Percent percent) {
      return List.of(percent.of());
    } else if (this instanceof Degrees degrees) {
      return List.of(degrees.of());
    }
    return List.of();
  }

  /** Whether a numeral in it is written with a point or an exponent. */
  default boolean hasDecimal() {
    boolean found = this instanceof Exact exact && exact.decimal();
    for (Node part : parts()) {
      found |= part.hasDecimal();
    }
    return found;
  }

  default boolean hasPlusMinus() {
    boolean found = this instanceof PlusMinus;
    for (Node part : parts()) {
      found |= part.hasPlusMinus();
    }
    return found;
  }

  /** 1 for infinity, -1 for minus infinity, else 0. */
  default int infinity() {
    if (this instanceof Negative negative) {
      return -negative.of().infinity();
    }
    return this instanceof Name name && name.name().equals("infty") ? 1 : 0;
  }
}
