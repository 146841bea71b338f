package dev.kelpie.rollout;

import dev.kelpie.tensors.NativeThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The native threads of an engine. A batch is cut by its prompts into parts, and each lane decodes
 * one of them with a share of the threads: that scales better than splitting every operation, which
 * costs a meeting of all threads. A small model has a lane for every thread. A large model has two
 * at most, because each of them reads all of its weights from memory at every step, and a batch of
 * few rows, which waits for that memory only, is not cut. How a batch is cut depends on its own
 * size and the number of threads only, which is part of a run's identity.
 */
final class Lanes implements AutoCloseable {
  private static final int LARGE_LANES = 2;
  private static final int LARGE_ROWS = 8; // fewer rows of a large model are not worth a lane

  private final List<NativeThread> threads = new ArrayList<>();
  private final NativeThread whole; // one of the lanes, or one beside them with all threads
  private final int rowsPerLane;

  private Lanes(int rowsPerLane, NativeThread whole) {
    this.rowsPerLane = rowsPerLane;
    this.whole = whole;
  }

  /**
   * Lanes that use {@code threads} processor threads in all.
   *
   * @param small whether the model's weights stay in caches
   */
  static Lanes open(boolean small, int threads) {
    int count = small ? threads : Math.min(threads, LARGE_LANES);
    NativeThread whole = NativeThread.start("kelpie-rollout-0", small ? 1 : threads);
    Lanes lanes = new Lanes(small ? 1 : LARGE_ROWS, whole);
    boolean apart = !small && count > 1;
    if (!apart) {
      lanes.threads.add(whole);
    }
    for (int lane = lanes.threads.size(); lane < count; lane++) {
      int share = threads / count + (lane < threads % count ? 1 : 0);
      lanes.threads.add(NativeThread.start("kelpie-rollout-" + (lane + (apart ? 1 : 0)), share));
    }
    return lanes;
  }

  /** How many parts a batch of {@code prompts} with {@code rows} responses in all is cut into. */
  int parts(int prompts, int rows) {
    return Math.max(1, Math.min(Math.min(threads.size(), prompts), rows / rowsPerLane));
  }

  /** Runs {@code work} on the thread that a batch which is not cut runs on, too. */
  <T> T call(Callable<T> work) {
    return whole.call(work);
  }

  /**
   * Runs one piece of work on each lane, as many as {@link #parts} says, and waits for all. When
   * one throws, or the caller is interrupted, the others are interrupted and waited for.
   */
  <T> List<T> callAll(List<Callable<T>> work) {
    return NativeThread.callAll(work.size() == 1 ? List.of(whole) : threads, work);
  }

  @Override
  public void close() {
    whole.close();
    threads.forEach(NativeThread::close);
  }
}
