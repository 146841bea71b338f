package dev.kelpie.dashboard;

import dev.kelpie.wire.http.HostRule;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State shared by the connections of a server.
 *
 * @param work threads for work that may read files; they end when idle
 * @param streams event streams of the open pages
 */
record ServerParts(
    DashboardServer.Options options,
    Gate gate,
    List<ShownRun> runs,
    Routes routes,
    ExecutorService work,
    Set<EventStream> streams)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerParts.class);
  private static final int WORK_THREADS = 2;
  private static final int WORK_WAITING = 64;
  private static final Duration THREAD_KEPT = Duration.ofSeconds(5);

  static ServerParts of(DashboardServer.Options options, List<ShownRun> runs) {
    return new ServerParts(
        options,
        new Gate(options.token(), new HostRule(options.host()), options.tls().isPresent()),
        List.copyOf(runs),
        new Routes(runs),
        workers(),
        ConcurrentHashMap.newKeySet());
  }

  private static ExecutorService workers() {
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            WORK_THREADS,
            WORK_THREADS,
            THREAD_KEPT.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(WORK_WAITING),
            new DefaultThreadFactory("kelpie-page-work", true));
    workers.allowCoreThreadTimeOut(true);
    return workers;
  }

  /** Ends the event streams and the work. */
  @Override
  public void close() {
    streams.forEach(EventStream::end);
    work.shutdownNow();
    try {
      if (!work.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("a request of the page is still being answered");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
