package dev.kelpie.rollout;

import dev.kelpie.model.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

/**
 * The native threads of an engine. A large model is decoded by one thread that libtorch splits
 * every operation over. A small model's operations are too short to split, so its rows are: each
 * lane decodes a part of the prompts with one thread. The parts depend on the number of threads
 * only, which is part of a run's identity.
 */
final class Lanes implements AutoCloseable {
  private static final long SMALL_PARAMETERS = 8_000_000; // their float32 weights stay in caches

  private final List<NativeThread> threads = new ArrayList<>();

  private Lanes() {}

  /** Lanes for a model, using {@code threads} processor threads in all. */
  static Lanes open(ModelConfig config, int threads) {
    Lanes lanes = new Lanes();
    boolean small = config.parameterCount() <= SMALL_PARAMETERS;
    int count = small ? threads : 1;
    for (int lane = 0; lane < count; lane++) {
      lanes.threads.add(NativeThread.start("kelpie-rollout-" + lane, small ? 1 : threads));
    }
    return lanes;
  }

  /** How many parts of a batch run at once. */
  int count() {
    return threads.size();
  }

  /** Runs {@code work} on the first lane. */
  <T> T call(Callable<T> work) {
    return threads.get(0).call(work);
  }

  /**
   * Runs one piece of work on each lane, at most {@link #count} of them, and waits for all. When
   * one throws, or the caller is interrupted, the others are interrupted and waited for.
   */
  <T> List<T> callAll(List<Callable<T>> work) {
    List<Future<T>> running = new ArrayList<>();
    for (int lane = 0; lane < work.size(); lane++) {
      running.add(threads.get(lane).submit(work.get(lane)));
    }
    List<T> results = new ArrayList<>();
    try {
      for (Future<T> future : running) {
        results.add(NativeThread.await(future));
      }
    } catch (Throwable e) {
      running.forEach(future -> future.cancel(true));
      settle();
      throw e;
    }
    return results;
  }

  /** Waits until every lane is idle: nobody may free the weights under a lane that still runs. */
  private void settle() {
    boolean interrupted = Thread.interrupted();
    threads.forEach(thread -> thread.call(() -> true)); // queued behind what still runs
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    threads.forEach(NativeThread::close);
  }
}
