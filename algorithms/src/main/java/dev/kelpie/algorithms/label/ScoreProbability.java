package dev.kelpie.algorithms.label;

/** Bradley-Terry: the probability that one score beats another. */
final class ScoreProbability {
  private ScoreProbability() {}

  /** {@code sigmoid(scale (first - second))}. */
  static double of(double first, double second, double scale) {
    return 1 / (1 + Math.exp(-scale * (first - second)));
  }
}
