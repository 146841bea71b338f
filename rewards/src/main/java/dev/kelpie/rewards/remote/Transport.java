package dev.kelpie.rewards.remote;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over HTTP/1.1, to the address itself: through no proxy, and following no
 * redirection. Closing ends requests and pauses at once.
 */
final class Transport implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final int EVERYBODY = 1 << 20;

  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "remote");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
  private final Map<String, Semaphore> permits = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable HttpClient client;

  /** A request whose time is over. */
  static final class Late extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Work that a limit of requests at the same time holds for. */
  interface Work<T> {
    T run() throws RemoteException, InterruptedException;
  }

  /** Threads for work beside the caller's; they end when this is closed. */
  ExecutorService threads() {
    return threads;
  }

  /** At most {@code concurrency} requests under {@code name} run at the same time. */
  void limit(String name, int concurrency) {
    permits.put(name, new Semaphore(concurrency, true));
  }

  /** Runs {@code work} as one of those under {@code name}; waits for its turn. */
  <T> T limited(String name, Work<T> work) throws RemoteException, InterruptedException {
    Semaphore permit = permits.get(name);
    if (permit == null) {
      throw new IllegalStateException("no limit of " + name);
    }
    permit.acquire();
    try {
      requireOpen();
      return work.run();
    } finally {
      permit.release();
    }
  }

  /**
   * Waits.
   *
   * @throws RemoteException when this is closed before the time is over
   */
  void pause(long nanos) throws RemoteException, InterruptedException {
    if (nanos > 0 ? closed.await(nanos, TimeUnit.NANOSECONDS) : closed.getCount() == 0) {
      throw ended();
    }
  }

  private void requireOpen() throws RemoteException {
    if (closed.getCount() == 0) {
      throw ended();
    }
  }

  private static RemoteException ended() {
    return new RemoteException("not asked, because the run ends");
  }

  /**
   * The response to {@code request}, its body included.
   *
   * @throws Late when it is not there within {@code timeout}
   * @throws IOException when there is none, or its body is longer than {@code mostBytes}
   */
  HttpResponse<byte[]> send(HttpRequest request, Duration timeout, int mostBytes)
      throws IOException, RemoteException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> response =
        client().sendAsync(request, info -> new BoundedBody(mostBytes));
    underWay.add(response);
    try {
      requireOpen();
      return response.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new Late();
    } catch (CancellationException e) {
      throw ended();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException problem) {
        throw problem;
      }
      throw new IOException(String.valueOf(e.getCause()), e);
    } finally {
      response.cancel(true); // closes the connection unless the response is whole
      underWay.remove(response);
    }
  }

  private synchronized HttpClient client() throws RemoteException {
    requireOpen();
    HttpClient opened = client;
    if (opened == null) {
      opened =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .proxy(HttpClient.Builder.NO_PROXY)
              .connectTimeout(CONNECT)
              .executor(threads)
              .build();
      client = opened;
    }
    return opened;
  }

  /** Ends all requests and pauses; nothing can be sent any more. */
  @Override
  public void close() {
    closed.countDown();
    permits.values().forEach(permit -> permit.release(EVERYBODY));
    underWay.forEach(response -> response.cancel(true));
    synchronized (this) {
      client = null; // its thread and its connections end when nothing refers to it
    }
    threads.shutdownNow();
  }
}
