package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.config.Require;
import dev.kelpie.tensors.TrainingScope;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small batches for tests of losses. */
final class Losses {
  /** A loss with its gradient by the log-probabilities, row by row. */
  static final class Outcome {
    private final double loss;
    private final double[] gradient;
    private final Map<String, Double> metrics;

    Outcome(double loss, double[] gradient, Map<String, Double> metrics) {
      this.loss = loss;
      this.gradient = gradient;
      this.metrics = metrics;
    }

    double loss() {
      return loss;
    }

    double[] gradient() {
      return gradient;
    }

    Map<String, Double> metrics() {
      return metrics;
    }
  }

  private Losses() {}

  /** One response: policy and old log-probabilities and advantages, all tokens counting. */
  static Outcome row(PolicyLoss loss, double[] policy, double[] old, double[] advantages) {
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray logprobs = scope.leaf(scope.manager().create(new double[][] {policy})); // [1, R]
      TokenBatch batch =
          TokenBatch.of(logprobs.onesLike())
              .with(Column.OLD_LOGPROBS, scope.manager().create(new double[][] {old}))
              .with(Column.ADVANTAGES, scope.manager().create(new double[][] {advantages}))
              .withGroups(0);
      PolicyObjective objective = PolicyObjective.of(loss, Aggregation.tokenMean());
      Denominators step = Denominators.count(new double[] {policy.length}, new int[] {0});
      LossTerms terms =
          objective.evaluate(new PolicyOutputs(logprobs, logprobs.zerosLike()), batch, step);
      double value = Masked.number(terms.loss());
      NDArray gradient = scope.gradients(terms.loss(), List.of(logprobs)).get(0); // [1, R]
      return new Outcome(value, gradient.toDoubleArray(), terms.metrics().values());
    }
  }

  /** Random numbers of rows [from, to) of an 8 x 6 batch with every column; the same each time. */
  static final class RandomBatch {
    static final int ROWS = 8;
    static final int WIDTH = 6;
    static final int[] GROUPS = {3, 3, 3, 3, 5, 5, 9, 9};

    private final DataType type;
    private final double[][] mask = new double[ROWS][WIDTH];
    private final double[][] logprobs = new double[ROWS][WIDTH];
    private final double[][] entropy = new double[ROWS][WIDTH];
    private final Map<Column, double[][]> columns = new EnumMap<>(Column.class);
    private final double[] scores = new double[ROWS];
    private final double[] optimalValues = {.5, .5, .5, .5, -.25, -.25, 1, 1}; // one per group

    RandomBatch(long seed, DataType type) {
      this.type = type;
      Random random = new Random(seed);
      for (Column column : Column.values()) {
        columns.put(column, new double[ROWS][WIDTH]);
      }
      for (int b = 0; b < ROWS; b++) {
        int length = 1 + random.nextInt(WIDTH);
        scores[b] = random.nextGaussian();
        for (int t = 0; t < WIDTH; t++) {
          mask[b][t] = t < length ? 1 : 0;
          entropy[b][t] = random.nextDouble();
          logprobs[b][t] = -1 - random.nextDouble();
          for (Map.Entry<Column, double[][]> column : columns.entrySet()) {
            column.getValue()[b][t] =
                switch (column.getKey()) {
                  case ADVANTAGES -> scores[b];
                  case WEIGHTS -> 0.5 + random.nextDouble();
                  default -> logprobs[b][t] + 0.1 * random.nextGaussian();
                };
          }
        }
      }
    }

    Denominators step() {
      double[] lengths = Arrays.stream(mask).mapToDouble(row -> Arrays.stream(row).sum()).toArray();
      return Denominators.count(lengths, GROUPS);
    }

    double[] mask(int from, int to) {
      return Arrays.stream(mask, from, to).flatMapToDouble(Arrays::stream).toArray();
    }

    /** Loss and gradient of the rows, divided by the denominators of all rows. */
    Outcome evaluate(PolicyObjective objective, int from, int to) {
      try (TrainingScope scope = TrainingScope.open()) {
        TokenBatch batch =
            TokenBatch.of(array(scope, mask, from, to))
                .withGroups(Arrays.copyOfRange(GROUPS, from, to))
                .withScores(Arrays.copyOfRange(scores, from, to))
                .withOptimalValues(Arrays.copyOfRange(optimalValues, from, to));
        for (Map.Entry<Column, double[][]> column : columns.entrySet()) {
          batch = batch.with(column.getKey(), array(scope, column.getValue(), from, to));
        }
        NDArray policyLogprobs = scope.leaf(array(scope, logprobs, from, to)); // [B, R]
        NDArray policyEntropy = scope.leaf(array(scope, entropy, from, to)); // [B, R]
        LossTerms terms =
            objective.evaluate(new PolicyOutputs(policyLogprobs, policyEntropy), batch, step());
        Require.that(terms.loss().getDataType() == type, "loss: %s", terms.loss().getDataType());
        double value = Masked.number(terms.loss());
        NDArray gradient = scope.gradients(terms.loss(), List.of(policyLogprobs)).get(0); // [B, R]
        return new Outcome(
            value,
            gradient.toType(DataType.FLOAT64, false).toDoubleArray(),
            terms.metrics().values());
      }
    }

    private NDArray array(TrainingScope scope, double[][] all, int from, int to) {
      return scope
          .manager()
          .create(Arrays.copyOfRange(all, from, to))
          .toType(type, false); // [B, R]
    }
  }
}
