package dev.kelpie.learner;

import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.ReferenceOptions.Schedule;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.CausalLm;

/**
 * How a reference follows the published versions:
 *
 * <ul>
 *   <li>frozen: never
 *   <li>refresh: takes over every {@code every}-th version
 *   <li>ema: {@code reference = decay reference + (1 - decay) policy} at every version
 *   <li>previous: takes over the version that an iteration is trained from, by default every
 *       version, so that a step is held to the iterate it starts from
 * </ul>
 */
public final class ReferenceSchedule {
  private ReferenceSchedule() {}

  /**
   * Moves {@code model} to a published version as the schedule of {@code options} says.
   *
   * @return whether it moved
   */
  public static boolean follow(
      CausalLm model,
      ReferenceOptions options,
      IterationOptions iterations,
      WeightSnapshot published) {
    long version = published.version().number();
    boolean due =
        switch (options.schedule()) {
          case REFRESH -> version % options.every() == 0;
          case PREVIOUS -> iterations.startsFrom(version);
          default -> true;
        };
    if (version == 0 || !due || !options.schedule().moves()) {
      return false; // version 0 is the start, which the reference is or was told to differ from
    }
    if (options.schedule() == Schedule.EMA) {
      model.parameters().blend(published, options.decay());
    } else {
      model.parameters().load(published);
    }
    return true;
  }
}
