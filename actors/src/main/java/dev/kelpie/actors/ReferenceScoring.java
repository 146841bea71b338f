package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.FileTicket;
import dev.kelpie.wire.PublishedWeights;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator's dealings with scoring workers: what is to be scored, who does it, and that a
 * reference that moves has seen every published version, in order, before it scores.
 */
final class ReferenceScoring {
  private final Desk<ActorRef<ScoringWorker.Command>, ScoringWorker.ScoreUnit> desk;
  private final Deque<ScoringWorker.ScoreUnit> queue = new ArrayDeque<>();
  private final Map<ActorRef<ScoringWorker.Command>, ReferenceState> states = new HashMap<>();
  private final Optional<ReferenceChain> chain;
  private final RunCommit commit;
  private final InstantSource time;

  /**
   * @param chain the versions that a moving reference has to see; empty if it never moves
   * @param commit where its parts of checkpoints are saved
   * @param budget lets units begin
   */
  ReferenceScoring(
      Optional<ReferenceChain> chain, RunCommit commit, ThreadBudget budget, InstantSource time) {
    this.desk = new Desk<>(budget);
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
      Desk.Worker worker,
      ReferenceState state,
      ActorRef<ScoringWorker.Command> address,
      Optional<RunCommit.Saved> checkpoint) {
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
  Optional<String> published(PublishedWeights weights, Optional<RunCommit.Saved> checkpoint) {
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
      Optional<RunCommit.Saved> checkpoint) {
    if (chain.isEmpty() || chain.get().isEmpty()) {
      return Optional.empty();
    }
    Optional<List<ScoringWorker.Command>> orders = chain.get().from(state, checkpoint);
    orders.ifPresent(all -> all.forEach(worker::tell));
    return orders.isPresent() ? Optional.empty() : Optional.of(chain.get().lost(state));
  }

  /** A unit's responses are to be scored. */
  void add(UnitId unit, FileTicket file) {
    queue.add(new ScoringWorker.ScoreUnit(unit, file, -1));
  }

  void finished(Coordinator.ReferenceScored done) {
    desk.finished(done.worker(), order -> order.unit().equals(done.unit()));
  }

  /** Hands work to those who ask. */
  void grant() {
    long version = chain.map(ReferenceChain::newest).orElse(-1L);
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
