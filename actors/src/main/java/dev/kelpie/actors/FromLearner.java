package dev.kelpie.actors;

import dev.kelpie.actors.telemetry.ActorNames;

/** What the learner tells the coordinator. */
interface FromLearner extends WireMessage {
  @Override
  default String sender() {
    return ActorNames.LEARNER;
  }
}
