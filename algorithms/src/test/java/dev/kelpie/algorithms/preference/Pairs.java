package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.tensors.TrainingScope;

/** One pair of numbers worked out by hand. */
public final class Pairs {
  private Pairs() {}

  /** One pair whose tokens all count. */
  public static PairBatch pair(
      TrainingScope scope,
      double[] chosen,
      double[] rejected,
      double[] referenceChosen,
      double[] referenceRejected) {
    NDArray policyChosen = scope.leaf(row(scope, chosen)); // [1, T]
    NDArray policyRejected = scope.leaf(row(scope, rejected)); // [1, T]
    return new PairBatch(
        policyChosen,
        policyRejected,
        row(scope, referenceChosen),
        row(scope, referenceRejected),
        policyChosen.onesLike(),
        policyRejected.onesLike());
  }

  /** One pair of one token each, with these log-ratios to a reference of log-probability -1. */
  public static PairBatch ofRatios(TrainingScope scope, double c, double r) {
    return pair(
        scope, new double[] {c - 1}, new double[] {r - 1}, new double[] {-1}, new double[] {-1});
  }

  /** The numbers as [1, T]. */
  public static NDArray row(TrainingScope scope, double... numbers) {
    return scope.manager().create(new double[][] {numbers});
  }

  /** Certain labels of weight 1 for one pair. */
  public static PairLabels labels(TrainingScope scope) {
    return PairLabels.hard(row(scope, 1));
  }

  /** -log sigmoid(x). */
  public static double logistic(double x) {
    return Math.log1p(Math.exp(-x));
  }
}
