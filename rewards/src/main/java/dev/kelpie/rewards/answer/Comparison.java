package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Node.Name;
import dev.kelpie.rewards.answer.Node.Sum;
import dev.kelpie.rewards.answer.Value.Bag;
import dev.kelpie.rewards.answer.Value.Choice;
import dev.kelpie.rewards.answer.Value.Matrix;
import dev.kelpie.rewards.answer.Value.Relation;
import dev.kelpie.rewards.answer.Value.Row;
import dev.kelpie.rewards.answer.Value.Scalar;
import dev.kelpie.rewards.answer.Value.Union;
import dev.kelpie.rewards.answer.Value.Words;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Compares a response's answer with the reference answer, by value. */
record Comparison(Numbers numbers) {
  private static final int MOST_ITEMS = 256;

  /** Whether the response's answer is the reference's. */
  boolean equal(Value reference, Value response) throws UnreadableAnswer {
    Value wanted = reference;
    Value given = response;
    if (wanted instanceof Choice || given instanceof Choice) {
      return equalChoices(wanted, given);
    }
    if (given instanceof Relation relation && !isSame(wanted, relation)) {
      given = assigned(relation).orElse(given);
    }
    if (wanted instanceof Relation relation
        && !(given instanceof Relation)
        && isAssignment(relation)) {
      wanted = assigned(relation).orElse(wanted);
    }
    return equalValues(wanted, given);
  }

  /** By the values of two choices, or else by the letter or the value of the one. */
  private boolean equalChoices(Value wanted, Value given) throws UnreadableAnswer {
    if (wanted instanceof Choice a && given instanceof Choice b) {
      return equal(a.value(), b.value());
    } else if (wanted instanceof Choice choice) {
      return equal(choice.letter(), given) || equal(choice.value(), given);
    }
    Choice choice = (Choice) given;
    return equal(wanted, choice.letter()) || equal(wanted, choice.value());
  }

  /** Whether an equation is asked for, so that it is compared as one. */
  private static boolean isSame(Value wanted, Relation given) {
    return wanted instanceof Relation relation && relation.isEquation() == given.isEquation();
  }

  private boolean equalValues(Value wanted, Value given) throws UnreadableAnswer {
    if (wanted instanceof Bag || given instanceof Bag) {
      return equalBags(wanted, given);
    }
    if (wanted instanceof Scalar a && given instanceof Scalar b) {
      return equalScalars(a, b);
    }
    if (isSetLike(wanted) && isSetLike(given)) {
      return equalSets(wanted, given);
    }
    if (wanted instanceof Row a && given instanceof Row b) {
      return equalRows(a, b);
    }
    if (wanted instanceof Matrix a && given instanceof Matrix b) {
      return equalMatrices(a, b);
    }
    if (wanted instanceof Matrix || given instanceof Matrix) {
      return isVector(wanted, given);
    }
    if (wanted instanceof Relation a && given instanceof Relation b) {
      return new Relations(this).equal(a, b);
    }
    return equalWords(wanted, given);
  }

  /** Whether an equation gives a variable its value, or has no variables. */
  private static boolean isAssignment(Relation relation) {
    List<Value> sides = relation.sides();
    boolean numbersOnly =
        sides.stream()
            .allMatch(
                side -> side instanceof Scalar scalar && Numbers.names(scalar.node()).isEmpty());
    if (numbersOnly) {
      return sides.subList(0, sides.size() - 1).stream().allMatch(Comparison::isQuantity);
    }
    return isSymbols(sides.get(0)) || isName(sides.get(sides.size() - 1));
  }

  /** A number alone or with a known unit: {@code 5 at x} is none. */
  private static boolean isQuantity(Value value) {
    return value instanceof Scalar scalar
        && (scalar.unit().isEmpty() || Units.known(scalar.unit()).isPresent());
  }

  /** An expression of variables alone, such as {@code a + b}, or {@code f(2)}. */
  private static boolean isSymbols(Value value) {
    if (!(value instanceof Scalar scalar)) {
      return false;
    }
    boolean called =
        scalar.node() instanceof Node.Product product && product.factors().get(0) instanceof Name;
    return called || isSymbols(scalar.node());
  }

  private static boolean isSymbols(Node node) {
    return node.parts().isEmpty()
        ? node instanceof Name
        : node.parts().stream().allMatch(Comparison::isSymbols);
  }

  /** A variable, or the name of a function with its variables. */
  private static boolean isNames(Value value) {
    return isName(value)
        || (value instanceof Scalar scalar
            && scalar.node() instanceof Node.Product product
            && product.factors().stream().allMatch(factor -> factor instanceof Name));
  }

  /** The last side of {@code x = 5 = 5.0}, or the one before an approximation. */
  static Optional<Value> assigned(Relation relation) {
    if (!relation.isEquation() || !isAssignment(relation)) {
      return Optional.empty();
    }
    int approximate = relation.signs().indexOf("~");
    List<Value> sides = relation.sides();
    boolean exact = approximate > 0 || (approximate == 0 && !isNames(sides.get(0)));
    int last = exact ? approximate : sides.size() - 1;
    Value value = sides.get(last);
    boolean turned = isName(value) && !isName(sides.get(0)) && sides.size() == 2;
    return Optional.of(turned ? sides.get(0) : value);
  }

  private static boolean isName(Value value) {
    return value instanceof Scalar scalar
        && scalar.node() instanceof Name name
        && !Evaluator.CONSTANTS.contains(name.name());
  }

  private static boolean isSetLike(Value value) {
    return value instanceof Union
        || (value instanceof Row row && row.isInterval())
        || (value instanceof Relation relation && !relation.isEquation());
  }

  private boolean equalSets(Value wanted, Value given) throws UnreadableAnswer {
    if (wanted instanceof Row a && given instanceof Row b) {
      return equalRows(a, b);
    }
    if (wanted instanceof Relation a && given instanceof Relation b) {
      return new Relations(this).equal(a, b);
    }
    Optional<List<Row>> first = Segments.of(wanted, numbers);
    Optional<List<Row>> second = Segments.of(given, numbers);
    if (first.isEmpty() || second.isEmpty() || first.get().size() != second.get().size()) {
      return first.isEmpty() && second.isEmpty() && equalUnions(wanted, given);
    }
    for (int i = 0; i < first.get().size(); i++) {
      if (!equalRows(first.get().get(i), second.get().get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean equalUnions(Value wanted, Value given) throws UnreadableAnswer {
    return wanted instanceof Union a && given instanceof Union b && matched(a.parts(), b.parts());
  }

  private boolean equalRows(Row a, Row b) throws UnreadableAnswer {
    if (a.items().size() != b.items().size()
        || (!a.open().equals(b.open()) && !(isRatio(a) && isRatio(b)))
        || !a.close().equals(b.close())) {
      return false;
    }
    boolean times = a.open().equals(AnswerParser.CLOCK) && b.open().equals(AnswerParser.CLOCK);
    if (times) {
      return sameHalfOfDay(a, b) && inOrder(a.items(), b.items());
    }
    if (isRatio(a) && new Relations(this).isProportional(a.items(), b.items())) {
      return true;
    }
    return inOrder(a.items(), b.items());
  }

  private static boolean isRatio(Row row) {
    return row.open().equals(":") || row.open().equals(AnswerParser.CLOCK);
  }

  /** Whether two times are not am and pm. */
  private static boolean sameHalfOfDay(Row a, Row b) {
    String first = half(a);
    String second = half(b);
    return first.isEmpty() || second.isEmpty() || first.equals(second);
  }

  private static String half(Row time) {
    Value last = time.items().get(time.items().size() - 1);
    String unit = last instanceof Scalar scalar ? scalar.unit().toLowerCase(Locale.ROOT) : "";
    return unit.matches("[ap] ?m\\b.*") ? unit.substring(0, 1) : "";
  }

  private boolean inOrder(List<Value> a, List<Value> b) throws UnreadableAnswer {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean equalMatrices(Matrix a, Matrix b) throws UnreadableAnswer {
    if (a.rows().size() != b.rows().size()) {
      return false;
    }
    for (int i = 0; i < a.rows().size(); i++) {
      if (!inOrder(a.rows().get(i), b.rows().get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a column and a tuple have the same items. */
  private boolean isVector(Value wanted, Value given) throws UnreadableAnswer {
    Optional<List<Value>> a = vector(wanted);
    Optional<List<Value>> b = vector(given);
    return a.isPresent() && b.isPresent() && inOrder(a.get(), b.get());
  }

  private static Optional<List<Value>> vector(Value value) {
    if (value instanceof Row row && row.open().equals("(") && row.close().equals(")")) {
      return Optional.of(row.items());
    }
    boolean column =
        value instanceof Matrix matrix && matrix.rows().stream().allMatch(row -> row.size() == 1);
    return column
        ? Optional.of(((Matrix) value).rows().stream().map(row -> row.get(0)).toList())
        : Optional.empty();
  }

  /** A list without brackets is a set, or a tuple whose brackets were left out. */
  private boolean equalBags(Value wanted, Value given) throws UnreadableAnswer {
    if (isOpenTuple(wanted) && given instanceof Bag bag && !bag.braced()) {
      return inOrder(((Row) wanted).items(), bag.items());
    }
    if (isOpenTuple(given) && wanted instanceof Bag bag && !bag.braced()) {
      return inOrder(bag.items(), ((Row) given).items());
    }
    if (wanted instanceof Union || given instanceof Union) {
      return asBag(wanted).braced() && asBag(given).braced() && equalSets(wanted, given);
    }
    List<Value> a = expanded(asBag(wanted).items());
    List<Value> b = expanded(asBag(given).items());
    if (isNamed(a) != isNamed(b)) {
      return inOrder(a, b);
    }
    return matched(a, b) && matched(b, a);
  }

  /** Whether each item is the value of another variable. */
  private static boolean isNamed(List<Value> items) {
    Set<Value> names = new HashSet<>();
    for (Value item : items) {
      boolean named =
          item instanceof Relation relation
              && relation.isEquation()
              && isName(relation.sides().get(0))
              && names.add(relation.sides().get(0));
      if (!named) {
        return false;
      }
    }
    return items.size() > 1;
  }

  private static boolean isOpenTuple(Value value) {
    return value instanceof Row row && row.open().equals("(") && row.close().equals(")");
  }

  private static Bag asBag(Value value) {
    return value instanceof Bag bag ? bag : new Bag(List.of(value), value instanceof Union);
  }

  /** Items with {@code ±} as two. */
  private static List<Value> expanded(List<Value> items) {
    List<Value> all = new ArrayList<>();
    for (Value item : items) {
      Value value = item instanceof Relation relation ? assigned(relation).orElse(item) : item;
      if (value instanceof Scalar scalar && scalar.node().hasPlusMinus()) {
        all.add(new Scalar(chosen(scalar.node(), true), scalar.unit()));
        all.add(new Scalar(chosen(scalar.node(), false), scalar.unit()));
      } else {
        all.add(item);
      }
    }
    return all;
  }

  private static Node chosen(Node node, boolean upper) {
    return PlusMinusChoice.of(node, upper);
  }

  /** Whether each item of {@code a} has an equal one in {@code b}. */
  private boolean matched(List<Value> a, List<Value> b) throws UnreadableAnswer {
    if (Math.max(a.size(), b.size()) > MOST_ITEMS) {
      throw new UnreadableAnswer("has more than " + MOST_ITEMS + " items");
    }
    for (Value item : a) {
      boolean found = false;
      for (Value other : b) {
        found |= !found && equal(item, other);
      }
      if (!found) {
        return false;
      }
    }
    return true;
  }

  private boolean equalScalars(Scalar a, Scalar b) throws UnreadableAnswer {
    boolean two = a.node().hasPlusMinus();
    if (two != b.node().hasPlusMinus()) {
      return false;
    }
    if (two) {
      return equalBags(new Bag(List.of(a), false), new Bag(List.of(b), false));
    }
    Optional<Units.Unit> unitA = Measures.of(a.unit(), numbers.steps());
    Optional<Units.Unit> unitB = Measures.of(b.unit(), numbers.steps());
    if (unitA.isPresent() && unitB.isPresent() && !unitA.equals(unitB)) {
      return unitA.get().kind().equals(unitB.get().kind())
          && equalNodes(a.times(unitA.get().size()).node(), b.times(unitB.get().size()).node());
    }
    return equalNodes(a.node(), b.node());
  }

  private boolean equalNodes(Node a, Node b) throws UnreadableAnswer {
    List<Node> readingsA = Numbers.readings(a);
    List<Node> readingsB = Numbers.readings(b);
    if (readingsA.size() > 1 && readingsB.size() > 1) {
      return numbers.equal(readingsA.get(0), true, readingsB.get(0), true);
    }
    for (Node x : readingsA) {
      for (Node y : readingsB) {
        if (numbers.equal(x, true, y, true)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean equalWords(Value a, Value b) {
    String first = text(a);
    return !first.isEmpty() && first.equals(text(b));
  }

  private static String text(Value value) {
    if (value instanceof Words words) {
      return words.text();
    }
    boolean letter = value instanceof Scalar scalar && scalar.node() instanceof Name;
    return letter ? ((Name) ((Scalar) value).node()).name().toLowerCase(Locale.ROOT) : "";
  }

  /** {@code a - b}. */
  static Node difference(Node a, Node b) {
    return new Sum(List.of(a, new Node.Negative(b)));
  }

  /** The variables of two nodes. */
  static Set<String> names(Node a, Node b) {
    Set<String> names = Numbers.names(a);
    names.addAll(Numbers.names(b));
    return names;
  }
}
