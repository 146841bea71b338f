package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.List;

/** A message about samples: of rollout workers and reward workers to the coordinator. */
sealed interface SampleMessage extends Coordinator.Command {
  /** A rollout worker has room. */
  record RolloutReady(WorkerPool.Worker worker, ActorRef<RolloutWorker.Command> address)
      implements SampleMessage, FromWorker.Ready {}

  /** A unit's responses are in a file. */
  record Generated(
      String worker,
      UnitId unit,
      FileTicket file,
      long tokens,
      double loadSeconds,
      double generateSeconds,
      double writeSeconds)
      implements SampleMessage, FromWorker {
    /** Seconds from the order to the file. */
    double seconds() {
      return loadSeconds + generateSeconds + writeSeconds;
    }
  }

  /** A unit could not be generated. */
  record GenerateFailed(String worker, UnitId unit, String reason)
      implements SampleMessage, FromWorker {}

  /** A reward worker has room. */
  record RewardReady(WorkerPool.Worker worker, ActorRef<RewardWorker.Command> address)
      implements SampleMessage, FromWorker.Ready {}

  /** Rows of a unit from {@code fromRow} on have an outcome each. */
  record RowsScored(
      String worker, UnitId unit, int fromRow, List<RewardOutcome> outcomes, double seconds)
      implements SampleMessage, FromWorker {
    public RowsScored {
      outcomes = List.copyOf(outcomes);
    }
  }

  /**
   * Rows of a unit from {@code fromRow} on could not be scored.
   *
   * @param exhausted whether no further rows can be scored in this run, which then stops
   */
  record RewardFailed(String worker, UnitId unit, int fromRow, String reason, boolean exhausted)
      implements SampleMessage, FromWorker {}
}
