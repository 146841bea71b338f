package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.List;

/** Sees what happens in a simulated run. */
public interface Watcher {
  /** A rollout worker takes an order. */
  default void generating(RolloutUnit unit, PublishedWeights weights) {}

  /**
   * The learner takes an order.
   *
   * @param before the step whose weights it has
   */
  default void training(long before, long step, List<ScoredUnit> units) {}

  /** The learner has trained a step. */
  default void trained(long step, String policySha256) {}

  /** The learner's process is back at the weights of a step. */
  default void resumed(long step) {}

  /** The run is over. */
  default void ended(RunSummary summary) {}
}
