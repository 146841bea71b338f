package dev.kelpie.actors.plan;

import dev.kelpie.config.RolloutOptions;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;

/**
 * Splits steps into units of rollout work. With {@code rollout.unit-prompts = 0} the rollout
 * workers that are present when the first unit of a step is issued share the step. The split of a
 * step is journalled and never changes: retries and a resumed run use it again, whatever workers
 * they have. Responses do not depend on it.
 *
 * @param journalled the number of units of a step that was issued before, 0 if that is not known
 * @param journal writes down the number of units of a step
 */
public record StepSplit(
    RolloutOptions rollout,
    LongFunction<OptionalInt> journalled,
    BiConsumer<Long, Integer> journal) {
  /** Splits {@code step} among {@code workers}, unless it was split before; its number of units. */
  int split(long step, int workers) {
    OptionalInt before = journalled.apply(step);
    if (before.isPresent()) {
      return size(before.getAsInt());
    }
    boolean shared = rollout.unitPrompts() == 0;
    int units = shared ? shared(workers) : size(0);
    journal.accept(step, units);
    return units;
  }

  /** One for each worker; of a mixed step one more, for what comes from the data file. */
  private int shared(int workers) {
    int sampled = rollout.promptsPerStep() - (mixed() ? rollout.promptsFromFile() : 0);
    return (mixed() ? 1 : 0) + Math.max(1, Math.min(workers, sampled));
  }

  private boolean mixed() {
    return rollout.fromFile() && rollout.samples();
  }

  /** The number of units of {@code step}; 0 before it is split. */
  public int units(long step) {
    OptionalInt known = journalled.apply(step);
    return known.isEmpty() ? 0 : size(known.getAsInt());
  }

  /**
   * Steps of earlier versions, which journalled no split, have units as large as the options say. A
   * run that is resumed with fewer prompts per step has no unit without a prompt.
   */
  private int size(int journalled) {
    if (journalled > 0) {
      return Math.min(journalled, rollout.promptsPerStep());
    }
    return rollout.unitPrompts() == 0 ? 1 : rollout.promptsPerStep() / rollout.unitPrompts();
  }

  /**
   * The index within its step of the first prompt of a unit; of the unit after the last, the end.
   */
  int first(long step, int unit) {
    int units = units(step);
    if (units == 0) {
      throw new IllegalStateException("step " + step + " is not split yet");
    }
    if (mixed() && units > 1) {
      int fromFile = rollout.promptsFromFile();
      long sampled = (long) rollout.promptsPerStep() - fromFile;
      return unit == 0 ? 0 : Math.toIntExact(fromFile + (unit - 1) * sampled / (units - 1));
    }
    return Math.toIntExact((long) unit * rollout.promptsPerStep() / units);
  }
}
