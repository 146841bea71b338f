package dev.kelpie.actors.telemetry;

/** A message that knows who sent it, so that it can be seen who tells whom how much. */
public interface HasSender {
  /** Name of the actor that sent it; empty when that was the receiver itself, or no actor. */
  default String sender() {
    return "";
  }
}
