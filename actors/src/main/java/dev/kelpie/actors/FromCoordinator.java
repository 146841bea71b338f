package dev.kelpie.actors;

import dev.kelpie.actors.telemetry.ActorNames;

/** What the coordinator tells the others. */
interface FromCoordinator extends WireMessage {
  @Override
  default String sender() {
    return ActorNames.COORDINATOR;
  }
}
