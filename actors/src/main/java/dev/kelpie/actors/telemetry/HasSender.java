package dev.kelpie.actors.telemetry;

/** A message that names its sender, by which the traffic between actors is counted. */
public interface HasSender {
  /** Name of the actor that sent it; empty when that was the receiver itself, or no actor. */
  default String sender() {
    return "";
  }
}
