package dev.kelpie.tensors;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The one platform thread on which a role (rollout, learner) does all its native work.
 *
 * <p>libtorch keeps its number of threads per calling thread, and a thread used before keeps the
 * number it had; so this thread sets its own number before its first work and is used for nothing
 * else. The sums of large reductions depend on that number.
 */
public final class NativeThread implements AutoCloseable {
  private final ExecutorService executor;
  private final int threads;
  private volatile @Nullable Thread thread; // set when it starts, with the first work

  private NativeThread(String name, int threads) {
    this.threads = threads;
    this.executor =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread created = new Thread(work, name);
              created.setDaemon(true);
              thread = created;
              return created;
            });
  }

  /**
   * Starts the thread.
   *
   * @param name shown in thread dumps
   * @param threads how many threads libtorch may use for its work, at least 1
   */
  public static NativeThread start(String name, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + " (expected: >= 1)");
    }
    NativeThread created = new NativeThread(name, threads);
    created.run(
        () -> {
          NativeMemory.start();
          JniUtils.getNumThreads(); // a thread's first use takes the number last set anywhere
          JniUtils.setNumThreads(threads);
          JniUtils.setGraphExecutorOptimize(false);
          JniUtils.setGradMode(false);
        });
    return created;
  }

  /** Number of threads that libtorch uses for this thread's work. */
  public int threads() {
    return threads;
  }

  /**
   * Runs {@code work} on this thread and waits for it. What it throws is thrown here; a checked
   * exception is wrapped. A call from this thread itself runs at once. When the waiting thread is
   * interrupted, the work is interrupted too.
   */
  public <T> T call(Callable<T> work) {
    if (Thread.currentThread() == thread) {
      try {
        return work.call();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }
    return await(submit(work));
  }

  /** As {@link #call}, for work without a result. */
  public void run(Runnable work) {
    call(Executors.callable(work));
  }

  /** Starts {@code work} on this thread, after all work given to it before, without waiting. */
  public <T> Future<T> submit(Callable<T> work) {
    return executor.submit(work);
  }

  /**
   * Waits for work on native threads. What it throws is thrown here; when the waiting thread is
   * interrupted, the work is interrupted too.
   */
  public static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause() == null ? "" : e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for native work", e);
    }
  }

  /**
   * Runs one piece of work on each of the first threads, and waits for all. When one throws, or the
   * caller is interrupted, the others are interrupted and waited for: nobody may free what a thread
   * still works on.
   *
   * @param threads at least as many as there is work
   * @return what each piece came to, in their order
   */
  public static <T> List<T> callAll(List<NativeThread> threads, List<Callable<T>> work) {
    List<Future<T>> running = new ArrayList<>();
    for (int i = 0; i < work.size(); i++) {
      running.add(threads.get(i).submit(work.get(i)));
    }
    try {
      return running.stream().map(NativeThread::await).toList();
    } catch (Throwable e) {
      running.forEach(future -> future.cancel(true));
      settle(threads.subList(0, work.size()));
      throw e;
    }
  }

  /** Waits until every thread is idle, even if the caller is interrupted. */
  private static void settle(List<NativeThread> threads) {
    boolean interrupted = Thread.interrupted();
    threads.forEach(thread -> thread.call(() -> true)); // queued behind what still runs
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the thread after the work at hand. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
