package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.List;

/** A message of the learner to the coordinator. */
sealed interface LearnerMessage extends Coordinator.Command {
  /**
   * The learner can take a step; the weights it starts from.
   *
   * @param earlier versions before them that members of groups may sample with, oldest first
   */
  record LearnerReady(
      PublishedWeights weights,
      List<PublishedWeights> earlier,
      ActorRef<LearnerWorker.Command> address)
      implements LearnerMessage, FromLearner {
    public LearnerReady {
      earlier = List.copyOf(earlier);
    }

    LearnerReady(PublishedWeights weights, ActorRef<LearnerWorker.Command> address) {
      this(weights, List.of(), address);
    }
  }

  /**
   * A step was trained and its weights are published.
   *
   * @param pairsSha256 hash of the file of its pairs; empty when its loss is not over pairs
   */
  record Trained(
      StepMetrics metrics,
      PublishedWeights weights,
      String pairsSha256,
      double readSeconds,
      double trainSeconds,
      double publishSeconds)
      implements LearnerMessage, FromLearner {}

  /** A checkpoint is complete; none before {@code oldestKept} is left. */
  record CheckpointSaved(long step, long oldestKept, double seconds)
      implements LearnerMessage, FromLearner {}
}
