package dev.kelpie.learner.reward.process;

import java.util.List;

/**
 * How a process reward model judges held-out steps.
 *
 * @param steps how many
 * @param accuracy share whose more probable label is theirs
 * @param loss mean cross-entropy
 * @param rightAccuracy accuracy of the steps that are right; NaN for none
 * @param wrongAccuracy accuracy of those that are wrong; NaN for none
 */
public record StepReport(
    int steps, double accuracy, double loss, double rightAccuracy, double wrongAccuracy) {
  /**
   * A step that was judged.
   *
   * @param logOdds of right to wrong, by the model
   */
  record Judged(double logOdds, boolean right) {
    boolean correct() {
      return (logOdds > 0) == right;
    }
  }

  static StepReport of(List<Judged> steps) {
    double loss = 0;
    for (Judged step : steps) {
      double x = step.right() ? step.logOdds() : -step.logOdds();
      loss += Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
    return new StepReport(
        steps.size(),
        share(steps),
        loss / steps.size(),
        share(steps.stream().filter(Judged::right).toList()),
        share(steps.stream().filter(step -> !step.right()).toList()));
  }

  private static double share(List<Judged> steps) {
    return steps.stream().mapToDouble(step -> step.correct() ? 1 : 0).average().orElse(Double.NaN);
  }

  /** Of the accuracy, as of independent steps. */
  public double standardError() {
    return Math.sqrt(accuracy * (1 - accuracy) / steps);
  }
}
