package dev.kelpie.actors;

import dev.kelpie.experience.LogprobScorer;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.FileTicket;
import dev.kelpie.wire.LogprobsArrow;
import dev.kelpie.wire.MappedWeights;
import dev.kelpie.wire.PublishedWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The reference policy with what it needs to score a unit's file. Like {@link RolloutPart} it
 * outlives actor systems; one call at a time.
 */
final class ScoringPart implements AutoCloseable {
  private final Supplier<? extends LogprobScorer> scorers;
  private final Bulk bulk;
  private final RunFolder folder;
  private final KeptReferences kept;
  private final boolean keeps;
  private CompletableFuture<LogprobScorer> scorer;
  private volatile ReferenceState state = ReferenceState.START;

  /**
   * Begins to make the scorer in the background.
   *
   * @param keeps whether each state of a moving reference is kept on disk, for a process that
   *     replaces this one while the learner goes on
   */
  ScoringPart(
      Supplier<? extends LogprobScorer> scorers, Bulk bulk, RunFolder folder, boolean keeps) {
    this.scorers = scorers;
    this.bulk = bulk;
    this.folder = folder;
    this.kept = new KeptReferences(folder);
    this.keeps = keeps;
    this.scorer = CompletableFuture.supplyAsync(scorers::get, Background.THREADS);
  }

  /** Where the reference stands. */
  ReferenceState state() {
    return state;
  }

  /** Scores a unit's responses; nothing when the reference does not stand where it should. */
  synchronized Optional<Coordinator.ReferenceScored> score(
      String worker, ScoringWorker.ScoreUnit order) {
    if (order.version() >= 0 && order.version() != state.version()) {
      return Optional.empty();
    }
    long start = System.nanoTime();
    Path target = folder.rollouts().resolve("units").resolve(order.unit() + "-reference.arrow");
    var logprobs = scorer.join().score(bulk.trajectories(order.file()));
    FileTicket file = bulk.offer(LogprobsArrow.write(target, logprobs).ticket(""));
    return Optional.of(
        new Coordinator.ReferenceScored(
            worker, order.unit(), file, (System.nanoTime() - start) / 1e9));
  }

  /** Tells the scorer of published weights, once each and none left out; others are ignored. */
  synchronized void observe(PublishedWeights weights) {
    if (weights.version().number() != state.version() + 1) {
      return;
    }
    ReferenceState before = state;
    boolean moved;
    try (MappedWeights mapped = bulk.open(weights)) {
      moved = scorer.join().observe(mapped);
    }
    state = ReferenceState.after(weights);
    if (keeps && (moved || !kept.rename(before, state))) {
      kept.keep(state, scorer.join()::save);
    }
  }

  /** Saves the state after {@code step}; false when the reference does not stand there. */
  synchronized boolean save(long step, Path target) {
    if (state.version() != step) {
      return false;
    }
    kept.save(state, target, scorer.join()::save);
    return true;
  }

  /** Goes to a state that was saved, or opens the scorer again. */
  synchronized void restore(ScoringWorker.RestoreReference order) {
    if (order.folder().isEmpty()) {
      scorer.join().close();
      scorer = CompletableFuture.completedFuture(scorers.get());
      state = ReferenceState.START;
      return;
    }
    Path source = Path.of(order.folder());
    // One that is gone was too old; the coordinator names another when it is asked for work again.
    boolean there = Files.isDirectory(source);
    if (there) {
      scorer.join().restore(source);
    }
    state = there ? order.state() : ReferenceState.UNKNOWN;
  }

  @Override
  public synchronized void close() {
    scorer.thenAccept(LogprobScorer::close).exceptionally(failed -> null).join();
  }
}
