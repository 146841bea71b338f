package dev.kelpie.actors;

import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.actors.work.FileExchange;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.actors.work.ReferenceJob;
import dev.kelpie.actors.work.RolloutJob;
import dev.kelpie.rewards.Reward;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a process has, whichever actor system uses it at the moment.
 *
 * @param seed host and port of the learner's node
 * @param contact told when the coordinator was found
 * @param ended told once how the run ended
 */
record NodeResources(
    RunSetup setup,
    String seed,
    FileExchange bulk,
    List<RolloutJob> rollouts,
    Optional<Reward> reward,
    Optional<ReferenceJob> scoring,
    Optional<LearnerParts> learner,
    Runnable contact,
    Consumer<RunSummary> ended) {

  /**
   * What only the learner's process has.
   *
   * @param time decides what is late
   */
  record LearnerParts(
      PublishingTrainer trainer,
      RolloutUnits units,
      RunLog log,
      LiveRunView view,
      Optional<CheckpointStore.Saved> from,
      List<String> warnings,
      InstantSource time) {
    /** The step that the run goes on from. */
    long fromStep() {
      return from.map(CheckpointStore.Saved::step).orElse(0L);
    }
  }
}
