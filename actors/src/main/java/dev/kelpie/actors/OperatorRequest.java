package dev.kelpie.actors;

/** A request that a person makes of a run. */
sealed interface OperatorRequest extends Coordinator.Command {
  /** Finish the step at hand, save a checkpoint, end. */
  record Stop() implements OperatorRequest, WireMessage {}

  /** Hand out no more work for now. */
  record Pause() implements OperatorRequest, WireMessage {}

  /** Go on after {@link Pause}. */
  record Resume() implements OperatorRequest, WireMessage {}

  /** Save a checkpoint as soon as no step is being trained. */
  record SaveNow() implements OperatorRequest, WireMessage {}

  /** Give a rollout worker no more work. */
  record Drain(String worker) implements OperatorRequest, WireMessage {}
}
