package dev.kelpie.learner.optimizer;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;

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
 * @param options schedule, warm-up, decay and the rate at the end
 * @param peak the highest rate
 * @param totalSteps length of the run in steps
 */
public record LearningRate(LearnerOptions options, double peak, long totalSteps) {
  /** The rate of step {@code step}, counted from 1, of an experiment. */
  public static double of(Experiment experiment, double peak, long step) {
    return new LearningRate(experiment.learner(), peak, experiment.run().steps())
        .at(Math.max(0, step - 1));
  }

  /** The rate of the step with this index, counted from 0. */
  public double at(long index) {
    if (index < options.warmupSteps()) {
      return peak * index / Math.max(1, options.warmupSteps());
    }
    return peak
        * switch (options.schedule()) {
          case "linear" -> floored(Math.max(0, 1 - progress(index)));
          case "cosine" -> floored(cosine(progress(index)));
          case "wsd" -> floored(cosine(Math.min(1, progress(index))));
          default -> 1;
        };
  }

  /** How far the decay has come: 0 before it starts, 1 at the end of the run. */
  private double progress(long index) {
    double length =
        options.decaySteps() > 0
            ? options.decaySteps()
            : Math.max(1, totalSteps - options.warmupSteps());
    return Math.max(0, (index - (totalSteps - length)) / length);
  }

  private double floored(double share) {
    return options.minRatio() + (1 - options.minRatio()) * share;
  }

  private static double cosine(double progress) {
    return 0.5 * (1 + Math.cos(Math.PI * progress));
  }
}
