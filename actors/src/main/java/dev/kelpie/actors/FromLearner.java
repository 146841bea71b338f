package dev.kelpie.actors;

/** What the learner tells the coordinator. */
interface FromLearner extends WireMessage {
  @Override
  default String sender() {
    return ActorNames.LEARNER;
  }
}
