package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.wire.FileTicket;
import dev.kelpie.wire.PublishedWeights;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator's dealings with scoring workers: what is to be scored, who does it, and that each
 * of them has seen every published version.
 */
final class ReferenceScoring {
  private final Desk<ActorRef<ScoringWorker.Command>, ScoringWorker.ScoreUnit> desk = new Desk<>();
  private final Deque<ScoringWorker.ScoreUnit> queue = new ArrayDeque<>();
  private final Map<ActorRef<ScoringWorker.Command>, Long> observedBy = new HashMap<>();
  private final RunCommit commit;
  private final InstantSource time;

  /**
   * @param commit where the references' parts of checkpoints are saved
   */
  ReferenceScoring(RunCommit commit, InstantSource time) {
    this.commit = commit;
    this.time = time;
  }

  /** A worker has room; the last version it was told of, or -1. */
  void ready(Desk.Worker worker, long observed, ActorRef<ScoringWorker.Command> address) {
    desk.ready(worker, address, time.instant()).ifPresent(queue::addFirst);
    observedBy.put(address, observed);
  }

  /**
   * Tells everybody of the newest weights who has not heard of them. A worker that is new to the
   * run first gets the state of the last checkpoint.
   */
  void bringUp(PublishedWeights newest, Optional<RunCommit.Saved> checkpoint) {
    for (ActorRef<ScoringWorker.Command> worker : desk.all()) {
      long known = observedBy.getOrDefault(worker, -1L);
      if (known < 0 && checkpoint.isPresent()) {
        known = checkpoint.get().step();
        worker.tell(
            new ScoringWorker.RestoreReference(known, checkpoint.get().reference().toString()));
      }
      if (known < newest.version().number()) {
        worker.tell(new ScoringWorker.Observe(newest));
      }
      observedBy.put(worker, newest.version().number());
    }
  }

  /** A unit's responses are to be scored. */
  void add(UnitId unit, FileTicket file) {
    queue.add(new ScoringWorker.ScoreUnit(unit, file));
  }

  void finished(Coordinator.ReferenceScored done) {
    desk.finished(done.worker(), order -> order.unit().equals(done.unit()));
  }

  /** Hands work to those who ask. */
  void grant() {
    desk.grants(() -> Optional.ofNullable(queue.poll()), time.instant())
        .forEach(grant -> grant.address().tell(grant.task()));
  }

  /** Whether units are being scored, or wait for somebody who could score them. */
  boolean busy() {
    return desk.busy() || (!queue.isEmpty() && !desk.all().isEmpty());
  }

  void nodeLost(String node) {
    desk.nodeLost(node).forEach(queue::addFirst);
  }

  /** Has the reference's part of the checkpoint after {@code step} saved; false if nobody can. */
  boolean save(long step) {
    Optional<ActorRef<ScoringWorker.Command>> worker = desk.all().stream().findFirst();
    worker.ifPresent(
        scorer -> {
          Path folder = commit.begin(step, "reference");
          scorer.tell(new ScoringWorker.SaveReference(step, folder.toString()));
        });
    return worker.isPresent();
  }

  /** Who scores a unit since when. */
  Optional<String> holder(UnitId unit) {
    return desk.holder(order -> order.unit().equals(unit));
  }
}
