package dev.kelpie.actors.plan;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The units that a step is trained on: its own with their refills, or none where it is trained on
 * the samples of an earlier step.
 */
public record StepUnits(
    IterationSchedule iterations, StepSplit split, Refills refills, UnitTracker tracker) {
  /** The complete units of a step, once all are there. */
  public Optional<List<ScoredUnit>> complete(long step) {
    return iterations.samples(step)
        ? tracker.complete(step, split.units(step) + refills.units(step))
        : Optional.of(List.of());
  }

  /** Has further prompts sampled for {@code step} where its groups do not suffice. */
  public void refill(long step) {
    if (refills.enabled() && iterations.samples(step) && complete(step).isPresent()) {
      refills.plan(step, split.units(step), tracker.groups(step));
    }
  }

  /** Forgets the refills of a trained step; the numbers of them, where steps are refilled. */
  public Map<String, Double> trained(long step) {
    Map<String, Double> numbers =
        refills.enabled()
            ? Map.of(
                "sampling/refills", (double) refills.units(step),
                "sampling/refilled_prompts", (double) refills.prompts(step))
            : Map.of();
    refills.forget(step);
    return numbers;
  }
}
