package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.wire.file.FileTicket;

/** A message of a scoring worker to the coordinator. */
sealed interface ReferenceMessage extends Coordinator.Command {
  /** A scoring worker with its reference in a state has room. */
  record ScoringReady(
      WorkerPool.Worker worker, ReferenceState state, ActorRef<ScoringWorker.Command> address)
      implements ReferenceMessage, FromWorker.Ready {}

  /**
   * A unit's reference log-probabilities are in a file.
   *
   * @param lookups how many of them may be kept, and were found
   */
  record ReferenceScored(
      String worker, UnitId unit, FileTicket file, double seconds, Lookups lookups)
      implements ReferenceMessage, FromWorker {}

  /** The reference's part of a checkpoint is saved. */
  record ReferenceSaved(String worker, long step) implements ReferenceMessage, FromWorker {}
}
