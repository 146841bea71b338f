package dev.kelpie.rewards;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs foreign code for a limited time, on daemon threads. After the limit the thread is
 * interrupted; a thread that ignores the interrupt is abandoned. While {@link #MOST_ABANDONED}
 * abandoned threads are running, no call is started.
 */
final class TimedCall {
  static final int MOST_ABANDONED = 64;
  private static final long GRACE_MILLIS = 50;

  private static final AtomicInteger ABANDONED = new AtomicInteger();
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "reward");
            thread.setDaemon(true);
            return thread;
          });

  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean started;
  private boolean abandoned;

  private TimedCall() {}

  /**
   * The result of {@code call}.
   *
   * @throws RewardException if it takes longer than {@code limit}
   * @throws ExecutionException with what {@code call} threw
   * @throws InterruptedException if this thread is interrupted; so is the call
   */
  static <T> T run(Callable<T> call, Duration limit)
      throws RewardException, ExecutionException, InterruptedException {
    if (ABANDONED.get() >= MOST_ABANDONED) {
      throw new RewardException(
          "not started: " + MOST_ABANDONED + " abandoned rewards are still running");
    }
    return new TimedCall().await(call, limit);
  }

  /**
   * The results of {@code calls}, in their order, at most {@code together} at the same time.
   *
   * @throws InterruptedException if this thread is interrupted; so are the calls
   */
  static <T> List<T> all(List<Callable<T>> calls, int together) throws InterruptedException {
    List<T> results = new ArrayList<>();
    if (together <= 1) {
      for (Callable<T> call : calls) {
        results.add(called(call));
      }
      return results;
    }
    Semaphore turns = new Semaphore(together);
    List<Future<T>> futures = new ArrayList<>();
    try {
      for (Callable<T> call : calls) {
        turns.acquire();
        futures.add(
            THREADS.submit(
                () -> {
                  try {
                    return call.call();
                  } finally {
                    turns.release();
                  }
                }));
      }
      for (Future<T> future : futures) {
        try {
          results.add(future.get());
        } catch (ExecutionException e) {
          throw unchecked(e.getCause());
        }
      }
      return results;
    } finally {
      futures.forEach(future -> future.cancel(true));
    }
  }

  private static <T> T called(Callable<T> call) throws InterruptedException {
    try {
      return call.call();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw unchecked(e);
    }
  }

  private static RuntimeException unchecked(@Nullable Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException runtime ? runtime : new IllegalStateException(cause);
  }

  private <T> T await(Callable<T> call, Duration limit)
      throws RewardException, ExecutionException, InterruptedException {
    Future<T> future =
        THREADS.submit(
            () -> {
              started = true;
              try {
                return call.call();
              } finally {
                end();
              }
            });
    try {
      return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new RewardException(
          "no answer within "
              + seconds(limit)
              + (abandon() ? "; ignores the interrupt, its thread is abandoned" : ""));
    } catch (InterruptedException e) {
      future.cancel(true);
      throw e;
    }
  }

  /** Whether the interrupted call has started and still runs after the grace period. */
  private boolean abandon() throws InterruptedException {
    if (!started || ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
      return false;
    }
    synchronized (this) {
      if (ended.getCount() == 0) {
        return false;
      }
      abandoned = true;
      ABANDONED.incrementAndGet();
      return true;
    }
  }

  private synchronized void end() {
    ended.countDown();
    if (abandoned) {
      ABANDONED.decrementAndGet();
    }
  }

  private static String seconds(Duration limit) {
    return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
  }
}
