package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.RunFolder;
import java.util.Optional;

/**
 * The coordinator's dealings with checkpoints: one at a time, of the weights after a committed
 * step, first the reference's part where the run has one, then the learner's.
 */
final class Checkpoints {
  private final RunFolder folder;
  private final RunLog log;
  private final Optional<ReferenceScoring> reference;
  private Optional<Long> saving = Optional.empty();
  private Optional<RunCommit.Saved> newest;

  /**
   * @param reference who saves the reference's part, if the run has one
   * @param from the checkpoint that the run goes on from
   */
  Checkpoints(
      RunFolder folder,
      RunLog log,
      Optional<ReferenceScoring> reference,
      Optional<RunCommit.Saved> from) {
    this.folder = folder;
    this.log = log;
    this.reference = reference;
    this.newest = from;
  }

  /** The step whose checkpoint is being saved, if one is. */
  Optional<Long> saving() {
    return saving;
  }

  /** The newest that is complete. */
  Optional<RunCommit.Saved> newest() {
    return newest;
  }

  /** Whether the newest is that of {@code step}. */
  boolean has(long step) {
    return newest.map(RunCommit.Saved::step).equals(Optional.of(step));
  }

  /** Begins to save, unless a checkpoint is being saved already. */
  void save(long step, ActorRef<LearnerActor.Command> learner) {
    if (saving.isPresent()) {
      return;
    }
    saving = Optional.of(step);
    if (reference.isEmpty() || !reference.get().save(step)) {
      learner.tell(new LearnerActor.SaveCheckpoint(step));
    }
  }

  /** The reference's part of a step's checkpoint is there. */
  void referenceSaved(long step, ActorRef<LearnerActor.Command> learner) {
    if (saving.equals(Optional.of(step))) {
      learner.tell(new LearnerActor.SaveCheckpoint(step));
    }
  }

  /** A checkpoint is complete. */
  void saved(Coordinator.CheckpointSaved done, String policySha256) {
    saving = Optional.empty();
    newest =
        Optional.of(new RunCommit.Saved(done.step(), folder.checkpoint(done.step()), policySha256));
    log.checkpointed(done.step(), done.oldestKept());
  }
}
