package dev.kelpie.actors;

import dev.kelpie.actors.telemetry.ActorNames;

/** A message of the coordinator to another actor. */
interface FromCoordinator extends WireMessage {
  @Override
  default String sender() {
    return ActorNames.COORDINATOR;
  }
}
