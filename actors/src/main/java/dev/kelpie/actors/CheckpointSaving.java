package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The coordinator's dealings with checkpoints: one at a time, of the weights after a committed
 * step, first the reference's part where it moves, then the learner's. A checkpoint is never
 * without the part of a reference that moves: who is to save it may be lost, and another is asked
 * then.
 */
final class CheckpointSaving {
  private final RunFolder folder;
  private final RunLog log;
  private final Optional<ReferenceScoring> reference;
  private Optional<Long> saving = Optional.empty();
  private Optional<Path> owed = Optional.empty();
  private Optional<CheckpointStore.Saved> newest;

  /**
   * @param reference who saves the reference's part, if it moves
   * @param from the checkpoint that the run goes on from
   */
  CheckpointSaving(
      RunFolder folder,
      RunLog log,
      Optional<ReferenceScoring> reference,
      Optional<CheckpointStore.Saved> from) {
    this.folder = folder;
    this.log = log;
    this.reference = reference;
    this.newest = from;
  }

  /** The step whose checkpoint is being saved, if one is. */
  Optional<Long> saving() {
    return saving;
  }

  /** Whether the reference's part of it is not there yet. */
  boolean owesReference() {
    return owed.isPresent();
  }

  /** The newest that is complete. */
  Optional<CheckpointStore.Saved> newest() {
    return newest;
  }

  /** Whether the newest is that of {@code step}. */
  boolean has(long step) {
    return newest.map(CheckpointStore.Saved::step).equals(Optional.of(step));
  }

  /** Begins to save, unless a checkpoint is being saved already. */
  void save(long step, ActorRef<LearnerWorker.Command> learner) {
    if (saving.isPresent()) {
      return;
    }
    saving = Optional.of(step);
    if (reference.isEmpty()) {
      learner.tell(new LearnerWorker.SaveCheckpoint(step));
      return;
    }
    Path part = reference.get().begin(step);
    owed = Optional.of(part);
    reference.get().save(step, part);
  }

  /** A scoring worker is there that may not have been asked yet, or has missed it. */
  void scoringReady(ActorRef<ScoringWorker.Command> worker) {
    owed.ifPresent(part -> reference.orElseThrow().save(saving.orElseThrow(), part, worker));
  }

  /** A node is lost, and with it maybe the worker that was asked. */
  void nodeLost() {
    owed.ifPresent(part -> reference.orElseThrow().save(saving.orElseThrow(), part));
  }

  /** The reference's part of a step's checkpoint is there. */
  void referenceSaved(long step, ActorRef<LearnerWorker.Command> learner) {
    if (owed.isPresent() && saving.equals(Optional.of(step))) {
      owed = Optional.empty();
      learner.tell(new LearnerWorker.SaveCheckpoint(step));
    }
  }

  /** A checkpoint is complete. */
  void saved(LearnerMessage.CheckpointSaved done, String policySha256) {
    saving = Optional.empty();
    newest =
        Optional.of(
            new CheckpointStore.Saved(done.step(), folder.checkpoint(done.step()), policySha256));
    log.checkpointed(done.step(), done.oldestKept());
  }
}
