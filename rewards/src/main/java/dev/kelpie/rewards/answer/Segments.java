package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Value.Bag;
import dev.kelpie.rewards.answer.Value.Relation;
import dev.kelpie.rewards.answer.Value.Row;
import dev.kelpie.rewards.answer.Value.Scalar;
import dev.kelpie.rewards.answer.Value.Union;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Sets of real numbers as intervals that do not touch, in rising order. */
final class Segments {
  /** An interval or, where both ends are equal, a point. */
  private record Segment(
      Node low, double from, boolean closedLow, Node high, double to, boolean closedHigh) {}

  private Segments() {}

  /**
   * The intervals that a value is: itself if it is one, those of a union, or the solutions of an
   * inequality in one variable. Empty if it is none of these.
   */
  static Optional<List<Row>> of(Value value, Numbers numbers) throws UnreadableAnswer {
    List<Segment> segments = new ArrayList<>();
    if (!add(value, segments, numbers)) {
      return Optional.empty();
    }
    segments.sort(
        Comparator.comparingDouble(Segment::from)
            .thenComparing(segment -> segment.closedLow() ? 0 : 1));
    List<Segment> merged = new ArrayList<>();
    for (Segment segment : segments) {
      Segment last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last != null && touches(last, segment)) {
        merged.set(merged.size() - 1, merge(last, segment));
      } else {
        merged.add(segment);
      }
    }
    return Optional.of(merged.stream().map(Segments::row).toList());
  }

  private static boolean touches(Segment last, Segment next) {
    return next.from() < last.to()
        || (next.from() == last.to() && (next.closedLow() || last.closedHigh()));
  }

  private static Segment merge(Segment a, Segment b) {
    boolean further = b.to() > a.to();
    boolean closed = b.to() == a.to() ? a.closedHigh() || b.closedHigh() : b.closedHigh();
    Segment end = further ? b : a;
    return new Segment(
        a.low(),
        a.from(),
        a.closedLow(),
        end.high(),
        end.to(),
        (further || b.to() == a.to()) ? closed : a.closedHigh());
  }

  private static Row row(Segment segment) {
    return new Row(
        segment.closedLow() ? "[" : "(",
        segment.closedHigh() ? "]" : ")",
        List.of(new Scalar(segment.low(), ""), new Scalar(segment.high(), "")));
  }

  private static boolean add(Value value, List<Segment> segments, Numbers numbers)
      throws UnreadableAnswer {
    if (value instanceof Union union) {
      for (Value part : union.parts()) {
        if (!add(part, segments, numbers)) {
          return false;
        }
      }
      return true;
    } else if (value instanceof Row row && row.isInterval()) {
      return addInterval(
          row.items().get(0),
          row.open().equals("["),
          row.items().get(1),
          row.close().equals("]"),
          segments,
          numbers);
    } else if (value instanceof Bag bag && bag.braced()) {
      for (Value item : bag.items()) {
        if (!addInterval(item, true, item, true, segments, numbers)) {
          return false;
        }
      }
      return true;
    }
    return value instanceof Relation relation && addSolutions(relation, segments, numbers);
  }

  private static boolean addInterval(
      Value low,
      boolean closedLow,
      Value high,
      boolean closedHigh,
      List<Segment> segments,
      Numbers numbers)
      throws UnreadableAnswer {
    if (!(low instanceof Scalar from) || !(high instanceof Scalar to)) {
      return false;
    }
    if (!isNumber(from.node()) || !isNumber(to.node())) {
      return false;
    }
    segments.add(
        new Segment(
            from.node(),
            numbers.toDouble(from.node()),
            closedLow,
            to.node(),
            numbers.toDouble(to.node()),
            closedHigh));
    return true;
  }

  private static boolean isNumber(Node node) {
    return !node.hasPlusMinus() && Numbers.names(node).isEmpty();
  }

  /** {@code x > 5}, {@code 5 < x} or {@code 1 < x <= 2}, whatever the variable. */
  private static boolean addSolutions(Relation relation, List<Segment> segments, Numbers numbers)
      throws UnreadableAnswer {
    List<Value> sides = relation.sides();
    List<String> signs = relation.signs();
    Value infinity = new Scalar(new Node.Name("infty"), "");
    Value low = new Scalar(new Node.Negative(new Node.Name("infty")), "");
    Value high = infinity;
    boolean closedLow = false;
    boolean closedHigh = false;
    int variable =
        isVariable(sides.get(0)) ? 0 : sides.size() > 1 && isVariable(sides.get(1)) ? 1 : -1;
    if (variable < 0 || sides.size() > 3 || (sides.size() == 3 && variable != 1)) {
      return false;
    }
    for (int i = 0; i < signs.size(); i++) {
      String sign = signs.get(i);
      boolean less = sign.startsWith("<");
      if (!less && !sign.startsWith(">")) {
        return false;
      }
      boolean before = i < variable;
      Value bound = sides.get(before ? i : i + 1);
      if (less == before) {
        low = bound;
        closedLow = sign.endsWith("=");
      } else {
        high = bound;
        closedHigh = sign.endsWith("=");
      }
    }
    return addInterval(low, closedLow, high, closedHigh, segments, numbers);
  }

  private static boolean isVariable(Value value) {
    return value instanceof Scalar scalar
        && scalar.node() instanceof Node.Name name
        && !Evaluator.CONSTANTS.contains(name.name());
  }

  /**
   * Intervals without the points of a set.
   *
   * @throws UnreadableAnswer if these are not intervals and a set of numbers
   */
  static List<Value> without(List<Value> parts, Value points, Steps steps) throws UnreadableAnswer {
    Numbers numbers = new Numbers(0, steps);
    Optional<List<Row>> rows = of(new Union(parts), numbers);
    if (rows.isEmpty() || !(points instanceof Bag bag) || bag.items().size() > 64) {
      throw new UnsupportedAnswer(
          "unsupported: a difference of sets that are not intervals and points");
    }
    List<Value> rest = new ArrayList<>(rows.get());
    for (Value point : bag.items()) {
      if (!(point instanceof Scalar scalar) || !isNumber(scalar.node())) {
        throw new UnsupportedAnswer("unsupported: a set without what is no number");
      }
      rest = withoutPoint(rest, scalar, numbers);
    }
    return rest;
  }

  private static List<Value> withoutPoint(List<Value> parts, Scalar point, Numbers numbers)
      throws UnreadableAnswer {
    double at = numbers.toDouble(point.node());
    List<Value> rest = new ArrayList<>();
    for (Value part : parts) {
      Row row = (Row) part;
      double from = numbers.toDouble(((Scalar) row.items().get(0)).node());
      double to = numbers.toDouble(((Scalar) row.items().get(1)).node());
      if (at < from || at > to) {
        rest.add(row);
        continue;
      }
      if (at > from) {
        rest.add(new Row(row.open(), ")", List.of(row.items().get(0), point)));
      }
      if (at < to) {
        rest.add(new Row("(", row.close(), List.of(point, row.items().get(1))));
      }
    }
    return rest;
  }
}
