package dev.kelpie.learner;

import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.Require;
import java.util.List;

/**
 * The learning rate of each step, as transformers has it: a linear warm-up from 0 to the peak, then
 *
 * <ul>
 *   <li>constant: the peak
 *   <li>linear: a straight line down to {@code minRatio} of the peak
 *   <li>cosine: half a cosine down to it
 *   <li>wsd (warm-up, stable, decay; Hu et al. 2024, https://arxiv.org/abs/2404.06395): the peak
 *       until the last {@code decaySteps} steps, half a cosine in them
 * </ul>
 *
 * @param schedule constant, linear, cosine or wsd
 * @param peak the highest rate
 * @param warmupSteps steps from 0 to the peak
 * @param decaySteps last steps in which the rate falls; 0: all after the warm-up
 * @param totalSteps length of the run in steps
 * @param minRatio rate at the end, as a share of the peak
 */
public record LearningRate(
    String schedule,
    double peak,
    int warmupSteps,
    int decaySteps,
    long totalSteps,
    double minRatio) {
  public LearningRate {
    Require.that(
        List.of("constant", "linear", "cosine", "wsd").contains(schedule),
        "schedule: %s (expected: constant, linear, cosine or wsd)",
        schedule);
    Require.positive("learning-rate", peak);
  }

  /** The schedule of an experiment's {@code learner} block with another peak and length. */
  public static LearningRate of(LearnerOptions learner, double peak, long totalSteps) {
    return new LearningRate(
        learner.schedule(),
        peak,
        learner.warmupSteps(),
        learner.decaySteps(),
        totalSteps,
        learner.minRatio());
  }

  /** The rate of the step with this index, counted from 0. */
  public double at(long index) {
    if (index < warmupSteps) {
      return peak * index / Math.max(1, warmupSteps);
    }
    return peak
        * switch (schedule) {
          case "linear" -> floored(Math.max(0, 1 - progress(index)));
          case "cosine" -> floored(cosine(progress(index)));
          case "wsd" -> floored(cosine(Math.min(1, progress(index))));
          default -> 1;
        };
  }

  /** How far the decay has come: 0 before it starts, 1 at the end of the run. */
  private double progress(long index) {
    double length = decaySteps > 0 ? decaySteps : Math.max(1, totalSteps - warmupSteps);
    return Math.max(0, (index - (totalSteps - length)) / length);
  }

  private double floored(double share) {
    return minRatio + (1 - minRatio) * share;
  }

  private static double cosine(double progress) {
    return 0.5 * (1 + Math.cos(Math.PI * progress));
  }
}
