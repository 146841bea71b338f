package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.PhaseTimer;
import dev.kelpie.actors.plan.ReferenceCatchUp;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator's part that has responses scored by the reference and the named models. Models
 * that move observe every published version, in order, before they score.
 */
final class ReferenceScoring {
  private final WorkerPool<ActorRef<ScoringWorker.Command>, UnitTracker.Responses> pool;
  private final Map<ActorRef<ScoringWorker.Command>, ReferenceState> states = new HashMap<>();
  private final UnitTracker tracker;
  private final Optional<ReferenceCatchUp> chain;
  private final CheckpointStore store;
  private final String part;
  private final StepMetricsCollector numbers;
  private final RunReporter reporter;
  private final InstantSource time;

  /**
   * @param chain the versions that models that move have to see; empty if none moves
   * @param store where their parts of checkpoints are saved
   * @param part folder of a checkpoint that their states are saved in
   * @param budget lets units begin
   */
  ReferenceScoring(
      UnitTracker tracker,
      Optional<ReferenceCatchUp> chain,
      CheckpointStore store,
      String part,
      CoreBudget budget,
      StepMetricsCollector numbers,
      RunReporter reporter,
      InstantSource time) {
    this.pool = new WorkerPool<>(budget);
    this.tracker = tracker;
    this.chain = chain;
    this.store = store;
    this.part = part;
    this.numbers = numbers;
    this.reporter = reporter;
    this.time = time;
  }

  /**
   * @param checkpoint the newest, from which a reference may be restored
   */
  void handle(ReferenceMessage message, Optional<CheckpointStore.Saved> checkpoint) {
    if (message instanceof ReferenceMessage.ScoringReady ready) {
      ready(ready, checkpoint);
    } else if (message instanceof ReferenceMessage.ReferenceScored done) {
      scored(done);
    } else if (!(message instanceof ReferenceMessage.ReferenceSaved)) { // CheckpointSaving's own
      throw new IllegalArgumentException(message + ": no handler");
    }
  }

  /** A worker has room; its reference is brought up to the newest version. */
  private void ready(
      ReferenceMessage.ScoringReady ready, Optional<CheckpointStore.Saved> checkpoint) {
    pool.ready(ready.worker(), ready.address(), time.instant()).ifPresent(tracker::returned);
    states.put(ready.address(), ready.state());
    states.keySet().retainAll(pool.all());
    bringUp(ready.address(), ready.state(), checkpoint);
  }

  private void scored(ReferenceMessage.ReferenceScored done) {
    pool.finished(done.worker(), task -> task.unit().equals(done.unit()));
    if (tracker.referenceScored(done.unit(), done.file())) {
      reporter.took(Work.REFERENCE, done.seconds());
      numbers.now(PhaseTimer.Phase.REF_LOGPROB, done.seconds());
      numbers.lookedUp(done.unit(), done.lookups());
      reporter.markProgress();
    }
  }

  /** Has every worker observe new weights. */
  void published(PublishedWeights weights, Optional<CheckpointStore.Saved> checkpoint) {
    if (chain.isEmpty()) {
      return;
    }
    boolean first = chain.get().add(weights);
    for (ActorRef<ScoringWorker.Command> worker : pool.all()) {
      if (first) {
        bringUp(worker, states.getOrDefault(worker, ReferenceState.UNKNOWN), checkpoint);
      } else {
        worker.tell(new ScoringWorker.Observe(weights));
      }
    }
  }

  private void bringUp(
      ActorRef<ScoringWorker.Command> worker,
      ReferenceState state,
      Optional<CheckpointStore.Saved> checkpoint) {
    if (chain.isPresent() && !chain.get().isEmpty()) {
      ReferenceCatchUp.Orders orders = chain.get().from(state, checkpoint);
      orders
          .restore()
          .map(
              restore ->
                  new ScoringWorker.RestoreReference(
                      restore.state(), restore.folder().map(Path::toString).orElse("")))
          .ifPresent(worker::tell);
      orders.observe().forEach(weights -> worker.tell(new ScoringWorker.Observe(weights)));
    }
  }

  /** Hands work to workers that have room. */
  void grant() {
    long version = chain.map(ReferenceCatchUp::newest).orElse(-1L);
    for (var grant : pool.grants(tracker::nextResponses, time.instant())) {
      UnitTracker.Responses task = grant.task();
      grant.address().tell(new ScoringWorker.ScoreUnit(task.unit(), task.file(), version));
    }
  }

  /** Whether a worker scores a unit, or could score one that waits. */
  boolean busy() {
    return pool.busy() || (tracker.hasResponses() && !pool.all().isEmpty());
  }

  /** Gives the work of a lost node to others. */
  void nodeLost(String node) {
    pool.nodeLost(node).forEach(tracker::returned);
  }

  /** Makes room for the models' part of the checkpoint after {@code step}. */
  Path begin(long step) {
    return store.begin(step, part);
  }

  /** Asks one of the workers, if there is any, to save into {@code folder}; may be repeated. */
  void save(long step, Path folder) {
    pool.all().stream().findFirst().ifPresent(worker -> save(step, folder, worker));
  }

  void save(long step, Path folder, ActorRef<ScoringWorker.Command> worker) {
    worker.tell(new ScoringWorker.SaveReference(step, folder.toString()));
  }

  /** The units that workers score. */
  List<WorkerPool.Held<UnitTracker.Responses>> held() {
    return pool.held();
  }
}
