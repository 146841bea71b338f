package dev.kelpie.actors;

/** A request that a person makes of a run. */
sealed interface OperatorRequest extends Coordinator.Command {
  /** Finishes the step at hand, saves a checkpoint and ends the run. */
  record Stop() implements OperatorRequest, WireMessage {}

  /** Issues no more work until {@link Resume}. */
  record Pause() implements OperatorRequest, WireMessage {}

  /** Continues after {@link Pause}. */
  record Resume() implements OperatorRequest, WireMessage {}

  /** Saves a checkpoint as soon as no step is being trained. */
  record SaveNow() implements OperatorRequest, WireMessage {}

  /** Gives a rollout worker no more work. */
  record Drain(String worker) implements OperatorRequest, WireMessage {}
}
