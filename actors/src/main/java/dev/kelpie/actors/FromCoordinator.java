package dev.kelpie.actors;

/** What the coordinator tells the others. */
interface FromCoordinator extends WireMessage {
  @Override
  default String sender() {
    return ActorNames.COORDINATOR;
  }
}
