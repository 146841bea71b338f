package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.EvalGate;
import dev.kelpie.config.CheckpointOptions;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.BestCheckpoint;
import dev.kelpie.runs.BestEvaluation;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's part that has checkpoints saved: one at a time, of the weights after a
 * committed step, first the reference's part where it moves, then the learner's. A checkpoint is
 * never without the part of a reference that moves: when the worker that saves it is lost, another
 * worker is asked.
 */
final class CheckpointSaving {
  private final RunFolder folder;
  private final RunLog log;
  private final CheckpointOptions options;
  private final Kept kept;
  private final RunReporter reporter;
  private final Optional<ReferenceScoring> reference;
  private final BestCheckpoint best;
  private final BestCheckpoint promoted;
  private Optional<Long> saving = Optional.empty();
  private Optional<Path> owed = Optional.empty();
  private Optional<CheckpointStore.Saved> newest;
  private @Nullable ActorRef<LearnerWorker.Command> learner;

  /**
   * Which checkpoints there are.
   *
   * @param options when to save, and by which metric the best is kept
   * @param decision what the gate makes of the evaluations
   */
  record Kept(CheckpointOptions options, EvalOptions.Gate gate, EvalGate decision) {}

  /**
   * @param kept when to save, and what is kept
   * @param reference has the reference's part saved, if it moves
   * @param from the checkpoint that the run continues from
   */
  CheckpointSaving(
      RunFolder folder,
      RunLog log,
      Kept kept,
      RunReporter reporter,
      Optional<ReferenceScoring> reference,
      Optional<CheckpointStore.Saved> from) {
    this.folder = folder;
    this.log = log;
    this.kept = kept;
    this.options = kept.options();
    this.reporter = reporter;
    this.reference = reference;
    this.newest = from;
    this.best = new BestCheckpoint(folder.checkpoints());
    this.promoted = BestCheckpoint.promoted(folder.checkpoints());
    long step = from.map(CheckpointStore.Saved::step).orElse(0L);
    best.rewind(step);
    promoted.rewind(step);
  }

  /** The step whose checkpoint is being saved, if one is. */
  Optional<Long> saving() {
    return saving;
  }

  /** What the one that is being saved waits for, if one is. */
  Optional<Wait> awaited(Instant since) {
    return saving.map(
        step ->
            owed.isPresent()
                ? Wait.of("the models' part of checkpoint " + step, Work.REFERENCE, "", since)
                : Wait.ofLearner("checkpoint " + step, Work.CHECKPOINT, since));
  }

  /** The newest that is complete. */
  Optional<CheckpointStore.Saved> newest() {
    return newest;
  }

  /** Whether the newest is that of {@code step}. */
  boolean has(long step) {
    return newest.map(CheckpointStore.Saved::step).equals(Optional.of(step));
  }

  /** The learner that saves from now on. */
  void learnerReady(ActorRef<LearnerWorker.Command> address) {
    learner = address;
  }

  /** A step is committed, whose metrics may have a measurement of held-out pairs. */
  void committed(long step, StepMetrics metrics) {
    measured(step, metrics.values());
    if (options.every() > 0 && step % options.every() == 0) {
      save(step);
    }
  }

  /**
   * Has the checkpoint of the committed step kept as the best one, if it is: saved first, if it is
   * not. Called while the learner is idle.
   */
  void keepBest(long step) {
    if (options.best().isEmpty()) {
      return;
    }
    log.evaluation(step).ifPresent(values -> measured(step, values));
    Optional<BestEvaluation> top = best();
    boolean start = step == 0 && !kept.gate().rollsBack();
    if (start || top.isEmpty() || top.get().step() != step || best.of(step).isPresent()) {
      return;
    }
    if (has(step)) {
      best.keep(step);
    } else {
      save(step);
    }
  }

  /**
   * Has the checkpoint of the committed step kept as the promoted one, if its evaluation passes the
   * gate: saved first, if it is not. Called while the learner is idle.
   */
  void promote(long step) {
    if (saving.isPresent() || promoted.of(step).isPresent() || !kept.decision().promotes(step)) {
      return;
    }
    if (!has(step)) {
      save(step);
      return;
    }
    promoted.keep(step);
    String metric = kept.gate().metric();
    double value = log.evaluation(step).orElseThrow().getOrDefault(metric, Double.NaN);
    log.promoted(new BestEvaluation(step, metric, value));
    reporter.info(
        String.format(
            Locale.ROOT, "step %s passes the gate and is promoted: %s %.4f", step, metric, value));
  }

  /** The step whose weights the step after {@code step} is trained from, if the gate rolls back. */
  OptionalLong rollBack(long step) {
    OptionalLong to = kept.decision().rollsBackTo(step);
    to.ifPresent(
        best -> {
          log.rolledBack(step, best);
          reporter.warn(
              String.format(
                  Locale.ROOT,
                  "the gate rolls back: step %s is trained from the weights after step %s",
                  step + 1,
                  best));
        });
    return to;
  }

  private void measured(long step, Map<String, Double> values) {
    Double value = values.get(options.best());
    if (value == null || value.isNaN()) {
      return;
    }
    Optional<BestEvaluation> top = best();
    if (top.isPresent() && options.goal().bestFirst().compare(value, top.get().value()) >= 0) {
      return;
    }
    log.best(new BestEvaluation(step, options.best(), value));
    reporter.info(
        String.format(
            Locale.ROOT, "step %s is the best so far: %s %.4f", step, options.best(), value));
  }

  private Optional<BestEvaluation> best() {
    return log.best(options.best());
  }

  /**
   * The weights after {@code step}, as a run that ends reports them, and the best ones. Only
   * weights that are saved have a hash.
   */
  RunCompletion.Weights weights(long step) {
    return new RunCompletion.Weights(
        step,
        newest
            .filter(saved -> saved.step() == step)
            .map(CheckpointStore.Saved::policySha256)
            .orElse(""),
        newest.map(CheckpointStore.Saved::folder),
        best(),
        best().flatMap(top -> best.of(top.step())));
  }

  /** Begins to save, unless a checkpoint is being saved already. */
  void save(long step) {
    if (saving.isPresent()) {
      return;
    }
    saving = Optional.of(step);
    if (reference.isEmpty()) {
      askLearner(step);
      return;
    }
    Path part = reference.get().begin(step);
    owed = Optional.of(part);
    reference.get().save(step, part);
  }

  /** A run never continues from a checkpoint of a step that its journal does not have. */
  private void askLearner(long step) {
    log.sync();
    if (learner != null) {
      learner.tell(new LearnerWorker.SaveCheckpoint(step));
    }
  }

  void handle(ReferenceMessage message) {
    if (message instanceof ReferenceMessage.ScoringReady ready) {
      // It may not have been asked yet, or has missed it.
      owed.ifPresent(
          part -> reference.orElseThrow().save(saving.orElseThrow(), part, ready.address()));
    } else if (message instanceof ReferenceMessage.ReferenceSaved saved
        && owed.isPresent()
        && saving.equals(Optional.of(saved.step()))) {
      owed = Optional.empty();
      askLearner(saved.step());
    }
  }

  /** Asks another worker, because the one that was asked may be lost with its node. */
  void nodeLost() {
    owed.ifPresent(part -> reference.orElseThrow().save(saving.orElseThrow(), part));
  }

  /** A checkpoint is complete. */
  void saved(LearnerMessage.CheckpointSaved done) {
    saving = Optional.empty();
    newest =
        Optional.of(
            new CheckpointStore.Saved(
                done.step(),
                folder.checkpoint(done.step()),
                done.policySha256(),
                done.weightsSha256()));
    log.checkpointed(done.step(), done.oldestKept());
  }
}
