package dev.kelpie.experience.reward;

/** Bradley-Terry: the probability that one score beats another. */
public final class ScoreProbability {
  private ScoreProbability() {}

  /** {@code sigmoid(scale (first - second))}. */
  public static double of(double first, double second, double scale) {
    return 1 / (1 + Math.exp(-scale * (first - second)));
  }
}
