package dev.kelpie.learner.token;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.learner.rows.StepRows;
import java.util.Set;
import java.util.TreeSet;

/**
 * Numbers that a model gives the tokens, by name: {@code x = scale (of - minus)}, then {@code
 * offset + shape(x)}, within {@code [low, high]}, and over the response by {@code reduce}. Names
 * are those of scored models, such as reference, and {@link StepRows#POLICY}, {@link
 * StepRows#CERTAINTY}, {@link StepRows#SQUARES} of the policy before the step. Responses whose
 * score reaches {@code only-below} are left alone.
 */
record NamedNumbers(Options options) implements TokenRule {
  /** What becomes of a difference. */
  enum Shape {
    LINEAR,
    SIGMOID,
    EXP
  }

  /** What becomes of a response's numbers. */
  enum Reduce {
    /** Each token has its own. */
    NONE,
    /** Divided by their mean over the response, so that the mean is 1. */
    RELATIVE,
    /** The last token has their mean, the others 0. */
    MEAN,
    /** The last token has their sum, the others 0. */
    SUM
  }

  record Options(
      @Doc("name of the numbers") String of,
      @Doc("name of numbers that are subtracted; empty: none") String minus,
      @Doc("factor of the difference") double scale,
      @Doc("linear, sigmoid or exp of the scaled difference") Shape shape,
      @Doc("what is added to the result") double offset,
      @Doc("smallest number of a token") double low,
      @Doc("largest number of a token") double high,
      @Doc("none; relative: divided by the response's mean; mean, sum: on the last token alone")
          Reduce reduce,
      @Doc("responses of at least this score have 1 on every token") double onlyBelow) {
    static final Options DEFAULTS =
        new Options(StepRows.POLICY, "", 1, Shape.LINEAR, 0, -1e30, 1e30, Reduce.NONE, 1e30);

    Options {
      Require.that(!of.isEmpty(), "of: empty (expected: the name of numbers)");
      Require.that(low <= high, "low: %s (expected: at most high = %s)", low, high);
    }
  }

  @Override
  public PerToken numbers(int row, StepRows rows) {
    if (rows.row(row).scored().reward() >= options.onlyBelow) {
      return PerToken.constant(1, rows.row(row).length());
    }
    double[] numbers = new double[rows.row(row).length()];
    PerToken of = rows.named(options.of, row);
    PerToken minus = options.minus.isEmpty() ? null : rows.named(options.minus, row);
    double sum = 0;
    for (int t = 0; t < numbers.length; t++) {
      double x = options.scale * (of.get(t) - (minus == null ? 0 : minus.get(t)));
      double shaped =
          switch (options.shape) {
            case LINEAR -> x;
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case EXP -> Math.exp(x);
          };
      numbers[t] = Math.max(options.low, Math.min(options.high, options.offset + shaped));
      sum += numbers[t];
    }
    return reduced(numbers, sum);
  }

  private PerToken reduced(double[] numbers, double sum) {
    float[] made = new float[numbers.length];
    double mean = sum / numbers.length;
    for (int t = 0; t < made.length; t++) {
      boolean last = t == made.length - 1;
      made[t] =
          (float)
              switch (options.reduce) {
                case NONE -> numbers[t];
                case RELATIVE -> mean == 0 ? 1 : numbers[t] / mean;
                case MEAN -> last ? mean : 0;
                case SUM -> last ? sum : 0;
              };
    }
    return PerToken.of(made);
  }

  @Override
  public Set<String> names() {
    Set<String> names = new TreeSet<>(Set.of(options.of));
    if (!options.minus.isEmpty()) {
      names.add(options.minus);
    }
    return names;
  }
}
