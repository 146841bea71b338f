package dev.kelpie.actors.work;

import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.LogprobScorer;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.wire.arrow.LogprobsArrow;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The reference policy and the named models, with what they need to score a unit's file. Like
 * {@link RolloutJob} it outlives actor systems; one call at a time.
 */
public final class ReferenceJob implements AutoCloseable {
  private static final int MOST_UNREAD = 3;
  private static final long STEPS_KEPT = 1000; // more than an asynchronous run is ahead

  private final Supplier<? extends LogprobScorer> scorers;
  private final FileExchange bulk;
  private final RunFolder folder;
  private final UnitFiles files;
  private final ReferenceSnapshots kept;
  private final boolean keeps;
  private CompletableFuture<LogprobScorer> scorer;
  private int unread;
  private volatile ReferenceState state = ReferenceState.START;

  /**
   * Starts to make the scorer in the background.
   *
   * @param keeps whether each state of models that move is kept on disk, for a process that
   *     replaces this one during the run
   */
  public ReferenceJob(
      Supplier<? extends LogprobScorer> scorers,
      FileExchange bulk,
      RunFolder folder,
      boolean keeps) {
    this.scorers = scorers;
    this.bulk = bulk;
    this.folder = folder;
    this.files = new UnitFiles(bulk);
    this.kept = new ReferenceSnapshots(folder);
    this.keeps = keeps;
    this.scorer = CompletableFuture.supplyAsync(scorers::get, BackgroundThreads.THREADS);
  }

  /** The state of the models that move. */
  public ReferenceState state() {
    return state;
  }

  /**
   * The log-probabilities of a unit's responses.
   *
   * @param lookups those of responses of files that were kept, and that were found
   */
  public record Result(FileTicket file, double seconds, Lookups lookups) {}

  /**
   * Scores a unit's responses; empty when the models are not at {@code version}, or when the file
   * of responses is gone, as it is when an order is repeated after its answer was used.
   *
   * @throws RuntimeException when a file cannot be read at the third attempt
   */
  public synchronized Optional<Result> score(UnitId unit, FileTicket responses, long version) {
    if (version >= 0 && version != state.version()) {
      return Optional.empty();
    }
    long start = System.nanoTime();
    List<Trajectory> rows;
    try {
      rows = bulk.trajectories(responses);
      unread = 0;
    } catch (RuntimeException e) {
      unread++;
      if (unread >= MOST_UNREAD) {
        throw e;
      }
      return Optional.empty();
    }
    Path target = folder.rollouts().resolve("units").resolve(unit + "-numbers.arrow");
    LogprobScorer models = scorer.join();
    var numbers = models.score(rows);
    FileTicket file = files.serve(unit, LogprobsArrow.write(target, numbers).ticket(""));
    files.deleteThrough(unit.step() - STEPS_KEPT);
    return Optional.of(new Result(file, (System.nanoTime() - start) / 1e9, models.lookups()));
  }

  /** Passes published weights on to the scorer, each version once and in order; ignores others. */
  public synchronized void observe(PublishedWeights weights) {
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

  /** Saves the state after {@code step}; false when the reference is at another. */
  public synchronized boolean save(long step, Path target) {
    if (state.version() != step) {
      return false;
    }
    kept.save(state, target, scorer.join()::save);
    return true;
  }

  /** Restores a saved state, or opens the scorer again. */
  public synchronized void restore(ReferenceState saved, String folderOrEmpty) {
    if (folderOrEmpty.isEmpty()) {
      scorer.join().close();
      scorer = CompletableFuture.completedFuture(scorers.get());
      state = ReferenceState.START;
      return;
    }
    Path source = Path.of(folderOrEmpty);
    // A folder that is gone was too old; the coordinator names another at the next request for
    // work.
    boolean there = Files.isDirectory(source);
    if (there) {
      scorer.join().restore(source);
    }
    state = there ? saved : ReferenceState.UNKNOWN;
  }

  @Override
  public synchronized void close() {
    scorer.thenAccept(LogprobScorer::close).exceptionally(failed -> null).join();
  }
}
