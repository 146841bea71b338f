package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.ReferenceCatchUp;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.UnitId;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator's dealings with scoring workers: what is to be scored, who does it, and that a
 * reference that moves has seen every published version, in order, before it scores.
 */
final class ReferenceScoring {
  private final WorkerPool<ActorRef<ScoringWorker.Command>, ScoringWorker.ScoreUnit> desk;
  private final Deque<ScoringWorker.ScoreUnit> queue = new ArrayDeque<>();
  private final Map<ActorRef<ScoringWorker.Command>, ReferenceState> states = new HashMap<>();
  private final Optional<ReferenceCatchUp> chain;
  private final CheckpointStore commit;
  private final InstantSource time;

  /**
   * @param chain the versions that a moving reference has to see; empty if it never moves
   * @param commit where its parts of checkpoints are saved
   * @param budget lets units begin
   */
  ReferenceScoring(
      Optional<ReferenceCatchUp> chain,
      CheckpointStore commit,
      CoreBudget budget,
      InstantSource time) {
    this.desk = new WorkerPool<>(budget);
    this.chain = chain;
    this.commit = commit;
    this.time = time;
  }

  /**
   * A worker has room and its reference stands at {@code state}; it is brought up to the newest
   * version.
   *
   * @return why the run cannot go on, if so
   */
  Optional<String> ready(
      WorkerPool.Worker worker,
      ReferenceState state,
      ActorRef<ScoringWorker.Command> address,
      Optional<CheckpointStore.Saved> checkpoint) {
    desk.ready(worker, address, time.instant()).ifPresent(queue::addFirst);
    states.put(address, state);
    states.keySet().retainAll(desk.all());
    return bringUp(address, state, checkpoint);
  }

  /**
   * There are new weights: everybody is told of them.
   *
   * @return why the run cannot go on, if so
   */
  Optional<String> published(PublishedWeights weights, Optional<CheckpointStore.Saved> checkpoint) {
    if (chain.isEmpty()) {
      return Optional.empty();
    }
    boolean first = chain.get().add(weights);
    Optional<String> trouble = Optional.empty();
    for (ActorRef<ScoringWorker.Command> worker : desk.all()) {
      if (first) {
        ReferenceState state = states.getOrDefault(worker, ReferenceState.UNKNOWN);
        trouble = trouble.or(() -> bringUp(worker, state, checkpoint));
      } else {
        worker.tell(new ScoringWorker.Observe(weights));
      }
    }
    return trouble;
  }

  private Optional<String> bringUp(
      ActorRef<ScoringWorker.Command> worker,
      ReferenceState state,
      Optional<CheckpointStore.Saved> checkpoint) {
    if (chain.isEmpty() || chain.get().isEmpty()) {
      return Optional.empty();
    }
    Optional<ReferenceCatchUp.Orders> orders = chain.get().from(state, checkpoint);
    orders.ifPresent(all -> send(all, worker));
    return orders.isPresent() ? Optional.empty() : Optional.of(chain.get().lost(state));
  }

  private static void send(ReferenceCatchUp.Orders orders, ActorRef<ScoringWorker.Command> worker) {
    orders
        .restore()
        .map(
            restore ->
                new ScoringWorker.RestoreReference(
                    restore.state(), restore.folder().map(Path::toString).orElse("")))
        .ifPresent(worker::tell);
    orders.observe().forEach(weights -> worker.tell(new ScoringWorker.Observe(weights)));
  }

  /** A unit's responses are to be scored. */
  void add(UnitId unit, FileTicket file) {
    queue.add(new ScoringWorker.ScoreUnit(unit, file, -1));
  }

  void finished(ReferenceMessage.ReferenceScored done) {
    desk.finished(done.worker(), order -> order.unit().equals(done.unit()));
  }

  /** Hands work to those who ask. */
  void grant() {
    long version = chain.map(ReferenceCatchUp::newest).orElse(-1L);
    desk.grants(() -> Optional.ofNullable(queue.poll()), time.instant())
        .forEach(
            grant ->
                grant
                    .address()
                    .tell(
                        new ScoringWorker.ScoreUnit(
                            grant.task().unit(), grant.task().file(), version)));
  }

  /** Whether units are being scored, or wait for somebody who could score them. */
  boolean busy() {
    return desk.busy() || (!queue.isEmpty() && !desk.all().isEmpty());
  }

  void nodeLost(String node) {
    desk.nodeLost(node).forEach(queue::addFirst);
  }

  /** Whether checkpoints have a part of the reference. */
  boolean moves() {
    return chain.isPresent();
  }

  /** Makes room for the reference's part of the checkpoint after {@code step}. */
  Path begin(long step) {
    return commit.begin(step, "reference");
  }

  /** Asks one of the workers, if there is any, to save into {@code folder}; may be repeated. */
  void save(long step, Path folder) {
    desk.all().stream().findFirst().ifPresent(worker -> save(step, folder, worker));
  }

  void save(long step, Path folder, ActorRef<ScoringWorker.Command> worker) {
    worker.tell(new ScoringWorker.SaveReference(step, folder.toString()));
  }

  /** Who scores a unit since when. */
  Optional<String> holder(UnitId unit) {
    return desk.holder(order -> order.unit().equals(unit));
  }
}
