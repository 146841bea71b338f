package dev.kelpie.actors;

/** A message that knows who sent it, so that it can be seen who tells whom how much. */
interface Sent {
  /** Name of the actor that sent it; empty when that was the receiver itself, or no actor. */
  default String sender() {
    return "";
  }
}
