package dev.kelpie.rewards.answer;

import dev.kelpie.rewards.answer.Value.Bag;
import dev.kelpie.rewards.answer.Value.Choice;
import dev.kelpie.rewards.answer.Value.Matrix;
import dev.kelpie.rewards.answer.Value.Relation;
import dev.kelpie.rewards.answer.Value.Row;
import dev.kelpie.rewards.answer.Value.Scalar;
import dev.kelpie.rewards.answer.Value.Union;
import java.util.List;

/**
 * Decides whether a response has the reference answer, by value. Reading takes a time that is
 * linear in the length of the text; {@code docs/answers.md} lists the forms.
 */
public final class AnswerGrader {
  private final boolean numbers;
  private final Where where;
  private final String marker;
  private final double tolerance;

  private AnswerGrader(boolean numbers, Where where, String marker, double tolerance) {
    this.numbers = numbers;
    this.where = where;
    this.marker = marker;
    this.tolerance = tolerance;
  }

  /** A grader of answers that are one number each. */
  public static AnswerGrader ofNumbers(Where where, String marker, double tolerance) {
    return new AnswerGrader(true, where, marker, tolerance);
  }

  /** A grader of answers that are any mathematics, or words. */
  public static AnswerGrader ofMathematics(Where where, String marker, double tolerance) {
    return new AnswerGrader(false, where, marker, tolerance);
  }

  /**
   * Refuses a reference answer that cannot be read.
   *
   * @throws UnreadableAnswer with the reason
   */
  public void check(String reference) throws UnreadableAnswer {
    reference(reference, new Steps());
  }

  /**
   * Whether the response's answer is the reference answer. It is not if the response has no answer,
   * or one that is no mathematics.
   *
   * @throws UnsupportedAnswer if the response's answer has a form that is not supported
   * @throws UnreadableAnswer if the reference answer cannot be read
   */
  public boolean isRight(String reference, String response) throws UnreadableAnswer {
    return isRight(reference, response, new Steps());
  }

  /** The same, its work counted. */
  boolean isRight(String reference, String response, Steps steps) throws UnreadableAnswer {
    Value wanted = reference(reference, steps);
    try {
      Value given = finder(steps).response(response);
      return comparison(steps).equal(wanted, given);
    } catch (UnsupportedAnswer e) {
      throw e;
    } catch (UnreadableAnswer e) {
      return false;
    }
  }

  private AnswerFinder finder(Steps steps) {
    return new AnswerFinder(where, marker, numbers, steps);
  }

  private Comparison comparison(Steps steps) {
    return new Comparison(new Numbers(tolerance, steps));
  }

  private Value reference(String reference, Steps steps) throws UnreadableAnswer {
    Value value = finder(steps).reference(reference);
    Value number = value;
    if (numbers && value instanceof Choice choice) {
      number = choice.value();
    } else if (numbers && value instanceof Relation relation) {
      number = Comparison.assigned(relation).orElse(value);
    }
    if (numbers && !(number instanceof Scalar scalar && isNumber(scalar.node()))) {
      throw new UnreadableAnswer("is not one number");
    }
    check(number, new Numbers(tolerance, steps));
    return number;
  }

  private static boolean isNumber(Node node) {
    return Numbers.names(node).isEmpty() && !node.hasPlusMinus() && node.infinity() == 0;
  }

  /** Refuses numbers without a value, wherever they are. */
  private static void check(Value value, Numbers numbers) throws UnreadableAnswer {
    if (value instanceof Scalar scalar) {
      numbers.check(scalar.node());
    }
    for (Value part : parts(value)) {
      check(part, numbers);
    }
  }

  private static List<Value> parts(Value value) {
    if (value instanceof Row row) {
      return row.items();
    } else if (value instanceof Bag bag) {
      return bag.items();
    } else if (value instanceof Union union) {
      return union.parts();
    } else if (value instanceof Relation relation) {
      return relation.sides();
    } else if (value instanceof Choice choice) {
      return List.of(choice.value());
    } else if (value instanceof Matrix matrix) {
      return matrix.rows().stream().flatMap(List::stream).toList();
    }
    return List.of();
  }
}
