package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.scoring.ScorerState;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.List;
import java.util.Optional;

/** A message of the learner to the coordinator. */
sealed interface LearnerMessage extends Coordinator.Command, WireMessage {
  @Override
  default String sender() {
    return ActorNames.LEARNER;
  }

  /**
   * The learner can take a step.
   *
   * @param weights those it starts from
   * @param start those that the iteration began with, where they are others and sample steps
   * @param earlier versions before them that members of groups may sample with, oldest first
   */
  record LearnerReady(
      PublishedWeights weights,
      Optional<PublishedWeights> start,
      List<PublishedWeights> earlier,
      ActorRef<LearnerWorker.Command> address)
      implements LearnerMessage {
    public LearnerReady {
      earlier = List.copyOf(earlier);
    }

    LearnerReady(
        PublishedWeights weights,
        Optional<PublishedWeights> start,
        ActorRef<LearnerWorker.Command> address) {
      this(weights, start, List.of(), address);
    }
  }

  /**
   * A step was trained and its weights are published.
   *
   * @param pairsSha256 hash of the file of its pairs; empty when its loss is not over pairs
   * @param processReward the process reward model that its tokens have rewards of, if any
   * @param replayed the groups of earlier steps among those it was trained on
   * @param discardedTo hash of the weights that it was trained from after a discarded branch; empty
   *     where none ended
   */
  record Trained(
      StepMetrics metrics,
      PublishedWeights weights,
      String pairsSha256,
      Optional<ScorerState> processReward,
      List<ReplayedGroup> replayed,
      String discardedTo,
      double readSeconds,
      double trainSeconds,
      double publishSeconds)
      implements LearnerMessage {
    public Trained {
      replayed = List.copyOf(replayed);
    }
  }

  /** A checkpoint is complete; none before {@code oldestKept} is left. */
  record CheckpointSaved(long step, long oldestKept, double seconds) implements LearnerMessage {}
}
