package dev.kelpie.actors.work;

import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.rollout.UnitRows;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.file.FileTicket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A rollout engine with what it needs to do a unit of work: load the weights, generate, write the
 * file. It outlives the actor systems that use it one after the other, so a worker that lost its
 * cluster keeps its model. One call at a time; a call waits for the one before.
 */
public final class RolloutJob implements AutoCloseable {
  private final CompletableFuture<RolloutEngine> engine;
  private final FileExchange bulk;
  private final RunFolder folder;
  private final UnitFiles files;
  private final OtherModels others;
  private @Nullable PublishedWeights loaded;
  private volatile Optional<Waiting> lack = Optional.empty();

  /**
   * The result of a unit of work.
   *
   * @param file the unit's trajectories
   * @param tokens tokens that were drawn
   */
  public record Result(
      FileTicket file,
      long tokens,
      double loadSeconds,
      double generateSeconds,
      double writeSeconds) {}

  /** Starts to make the engine in the background. */
  public RolloutJob(
      Supplier<? extends RolloutEngine> engines, FileExchange bulk, RunFolder folder) {
    this.engine = CompletableFuture.supplyAsync(engines::get, BackgroundThreads.THREADS);
    this.bulk = bulk;
    this.files = new UnitFiles(bulk);
    this.others = new OtherModels(bulk);
    this.folder = folder;
  }

  /**
   * Does a unit of work; blocks.
   *
   * @throws RuntimeException when the weights cannot be loaded or the engine fails
   */
  public Result run(RolloutUnit unit, PublishedWeights weights, RolloutEngine.Progress progress) {
    return run(unit, weights, List.of(), progress);
  }

  /**
   * Does a unit of work; blocks.
   *
   * @param earlier versions before {@code weights} that members of the unit sample with
   * @throws RuntimeException when the weights cannot be loaded or the engine fails
   */
  public synchronized Result run(
      RolloutUnit unit,
      PublishedWeights weights,
      List<PublishedWeights> earlier,
      RolloutEngine.Progress progress) {
    long start = System.nanoTime();
    files.deleteThrough(weights.version().number()); // these weights were trained on them
    boolean mixes = unit.members().stream().anyMatch(member -> member.coef().isPresent());
    try {
      lacks(Waiting.Kind.MODEL, "its engine to open");
      RolloutEngine ready = engine();
      lacks(Waiting.Kind.WEIGHTS, "weights " + weights.version());
      if (unit.draws() > 0 || mixes) {
        load(ready, weights);
      }
      if (!unit.members().isEmpty()) {
        others.load(ready, unit, weights, earlier);
      }
    } finally {
      lack = Optional.empty();
    }
    long loadedAt = System.nanoTime();
    List<Trajectory> drawn = unit.draws() > 0 ? engine().generate(unit, progress) : List.of();
    List<List<Trajectory>> byMember =
        unit.members().stream().map(member -> engine().generate(unit, member, progress)).toList();
    List<Trajectory> greedy =
        unit.baseline() ? engine().generate(unit.greedy(), progress) : List.of();
    List<Trajectory> trajectories = UnitRows.join(unit, drawn, byMember, greedy);
    long generatedAt = System.nanoTime();
    Path target = folder.rollouts().resolve("units").resolve(unit.id() + ".arrow");
    FileTicket file =
        files.serve(unit.id(), TrajectoryArrow.write(target, trajectories).ticket(""));
    return new Result(
        file,
        Stream.of(List.of(drawn, greedy), byMember)
            .flatMap(List::stream)
            .flatMap(List::stream)
            .map(Trajectory::response)
            .mapToLong(ids -> ids.length())
            .sum(),
        (loadedAt - start) / 1e9,
        (generatedAt - loadedAt) / 1e9,
        (System.nanoTime() - generatedAt) / 1e9);
  }

  private void lacks(Waiting.Kind kind, String what) {
    lack = Optional.of(new Waiting(kind, what, Instant.now()));
  }

  /** What the unit at hand waits for; empty while it is generated. Called by any thread. */
  public Optional<Waiting> lacks() {
    return lack;
  }

  private RolloutEngine engine() {
    try {
      return engine.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof RuntimeException known ? known : e;
    }
  }

  /**
   * Loads weights unless they are loaded already. After a restart the same number may name other
   * weights, so the hash decides.
   */
  private void load(RolloutEngine ready, PublishedWeights weights) {
    if (loaded != null
        && loaded.weightsSha256().equals(weights.weightsSha256())
        && loaded.version().equals(weights.version())) {
      return;
    }
    try (MappedWeights mapped = bulk.open(weights)) {
      ready.load(mapped);
    }
    if (loaded != null) {
      bulk.forget(loaded.file());
    }
    loaded = weights;
  }

  /** Releases the memory of the weights until the next unit. */
  public synchronized void release() {
    if (loaded != null) {
      engine().release();
      bulk.forget(loaded.file());
      loaded = null;
      others.forget();
    }
  }

  @Override
  public synchronized void close() {
    engine.thenAccept(RolloutEngine::close).exceptionally(failed -> null).join();
  }
}
