package dev.kelpie.actors;

import dev.kelpie.experience.LogprobScorer;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.FileTicket;
import dev.kelpie.wire.LogprobsArrow;
import dev.kelpie.wire.MappedWeights;
import dev.kelpie.wire.PublishedWeights;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The reference policy with what it needs to score a unit's file. Like {@link RolloutPart} it
 * outlives actor systems; one call at a time.
 */
final class ScoringPart implements AutoCloseable {
  private final CompletableFuture<LogprobScorer> scorer;
  private final Bulk bulk;
  private final RunFolder folder;
  private volatile long observed = -1;

  /** Begins to make the scorer in the background. */
  ScoringPart(Supplier<? extends LogprobScorer> scorers, Bulk bulk, RunFolder folder) {
    this.scorer = CompletableFuture.supplyAsync(scorers::get, Background.THREADS);
    this.bulk = bulk;
    this.folder = folder;
  }

  /** The last version it was told of; -1 for none. */
  long observed() {
    return observed;
  }

  /** Scores a unit's responses. */
  synchronized Coordinator.ReferenceScored score(String worker, ScoringWorker.ScoreUnit order) {
    long start = System.nanoTime();
    Path target = folder.rollouts().resolve("units").resolve(order.unit() + "-reference.arrow");
    var logprobs = scorer.join().score(bulk.trajectories(order.file()));
    FileTicket file = bulk.offer(LogprobsArrow.write(target, logprobs).ticket(""));
    return new Coordinator.ReferenceScored(
        worker, order.unit(), file, (System.nanoTime() - start) / 1e9);
  }

  /** Tells the scorer of published weights, once each. */
  synchronized void observe(PublishedWeights weights) {
    if (weights.version().number() > observed) {
      try (MappedWeights mapped = bulk.open(weights)) {
        scorer.join().observe(mapped);
      }
      observed = weights.version().number();
    }
  }

  synchronized void save(Path target) {
    scorer.join().save(target);
  }

  /** Goes back to what was saved after {@code step}, unless it has seen weights already. */
  synchronized void restore(long step, Path source) {
    if (observed < 0) {
      scorer.join().restore(source);
      observed = step;
    }
  }

  @Override
  public synchronized void close() {
    scorer.thenAccept(LogprobScorer::close).exceptionally(failed -> null).join();
  }
}
