package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Node.Call;
import dev.kelpie.rewards.answer.Node.Degrees;
import dev.kelpie.rewards.answer.Node.Negative;
import dev.kelpie.rewards.answer.Node.Percent;
import dev.kelpie.rewards.answer.Node.PlusMinus;
import dev.kelpie.rewards.answer.Node.Power;
import dev.kelpie.rewards.answer.Node.Product;
import dev.kelpie.rewards.answer.Node.Quotient;
import dev.kelpie.rewards.answer.Node.Root;
import dev.kelpie.rewards.answer.Node.Sum;
import java.util.List;

/** Writes an expression with {@code ±} as one of the two that it stands for. */
final class PlusMinusChoice {
  private PlusMinusChoice() {}

  /** The expression with the upper signs, or with the lower ones. */
  static Node of(Node node, boolean upper) {
    if (node instanceof PlusMinus plusMinus) {
      Node term = of(plusMinus.term(), upper);
      return plusMinus.plusFirst() == upper ? term : new Negative(term);
    } else if (node instanceof Sum sum) {
      return new Sum(all(sum.terms(), upper));
    } else if (node instanceof Product product) {
      return new Product(all(product.factors(), upper));
    } else if (node instanceof Quotient quotient) {
      return new Quotient(of(quotient.top(), upper), of(quotient.bottom(), upper));
    } else if (node instanceof Power power) {
      return new Power(of(power.base(), upper), of(power.exponent(), upper));
    } else if (node instanceof Root root) {
      return new Root(of(root.radicand(), upper), of(root.degree(), upper));
    } else if (node instanceof Negative negative) {
      return new Negative(of(negative.of(), upper));
    } else if (node instanceof Call call) {
      return new Call(call.function(), all(call.arguments(), upper));
    } else if (node instanceof Percent percent) {
      return new Percent(of(percent.of(), upper));
    } else if (node instanceof Degrees degrees) {
      return new Degrees(of(degrees.of(), upper));
    }
    return node;
  }

  private static List<Node> all(List<Node> nodes, boolean upper) {
    return nodes.stream().map(node -> of(node, upper)).toList();
  }
}
