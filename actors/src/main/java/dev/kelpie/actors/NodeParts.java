package dev.kelpie.actors;

import dev.kelpie.rewards.Reward;
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
record NodeParts(
    RunSetup setup,
    String seed,
    Bulk bulk,
    List<RolloutPart> rollouts,
    Optional<Reward> reward,
    Optional<ScoringPart> scoring,
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
      Optional<RunCommit.Saved> from,
      List<String> warnings,
      InstantSource time) {
    /** The step that the run goes on from. */
    long fromStep() {
      return from.map(RunCommit.Saved::step).orElse(0L);
    }
  }
}
