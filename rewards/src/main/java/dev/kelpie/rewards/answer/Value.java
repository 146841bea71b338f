package dev.kelpie.rewards.answer;

import java.util.List;

/** What an answer says, before it is compared. */
sealed interface Value {
  /**
   * A number or a formula.
   *
   * @param unit what stands behind it, or the empty text
   */
  record Scalar(Node node, String unit) implements Value {
    /** This number, so many times. */
    Scalar times(Rational factor) {
      return new Scalar(new Node.Product(List.of(node, Node.of(factor))), unit);
    }
  }

  /** Items in an order, in brackets: a tuple, an interval, a vector; or a ratio, around colons. */
  record Row(String open, String close, List<Value> items) implements Value {
    boolean isInterval() {
      return items.size() == 2 && (open.equals("(") || open.equals("["));
    }
  }

  /**
   * Items in any order.
   *
   * @param braced whether it is a set, or else a list without brackets such as {@code 1, 2}
   */
  record Bag(List<Value> items, boolean braced) implements Value {}

  /** Intervals and sets, united. */
  record Union(List<Value> parts) implements Value {}

  record Matrix(List<List<Value>> rows) implements Value {}

  /** Sides with an equals or inequality sign between each two. */
  record Relation(List<Value> sides, List<String> signs) implements Value {
    boolean isEquation() {
      return signs.stream().allMatch(sign -> sign.equals("=") || sign.equals("~"));
    }
  }

  /** A choice among several answers: its letter, and the value that is written behind it. */
  record Choice(Words letter, Value value) implements Value {}

  /** Words that are no mathematics, in lower case, such as {@code no solution}. */
  record Words(String text) implements Value {}
}
