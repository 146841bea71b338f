package dev.kelpie.actors;

import dev.kelpie.actors.telemetry.ActorNames;

/** A message of the learner to the coordinator. */
interface FromLearner extends WireMessage {
  @Override
  default String sender() {
    return ActorNames.LEARNER;
  }
}
