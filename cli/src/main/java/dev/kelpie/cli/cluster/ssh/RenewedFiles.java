package dev.kelpie.cli.cluster.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Copies certificates that are renewed on this machine to the others while a run goes on. */
public final class RenewedFiles implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final List<HostedRun> runs;
  private final Consumer<String> say;
  private final Map<HostedRun, List<Object>> copied = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private RenewedFiles(List<HostedRun> runs, Consumer<String> say) {
    this.runs = List.copyOf(runs);
    this.say = say;
    runs.forEach(run -> copied.put(run, stamps(run)));
  }

  /** Begins to look at the files. */
  public static RenewedFiles watch(List<HostedRun> runs, Consumer<String> say) {
    RenewedFiles files = new RenewedFiles(runs, say);
    Thread thread = new Thread(files::look, "kelpie-renewed-files");
    thread.setDaemon(true);
    thread.start();
    return files;
  }

  private void look() {
    try {
      while (!closed.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        runs.forEach(this::look);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(HostedRun run) {
    List<Object> now = stamps(run);
    if (!now.equals(copied.get(run))) {
      try {
        run.restore();
        copied.put(run, now);
        say.accept("new certificates are on " + run.host());
      } catch (IOException | RuntimeException e) {
        // tried again the next time; the ones before stay in use
      }
    }
  }

  private static List<Object> stamps(HostedRun run) {
    List<Object> stamps = new ArrayList<>();
    for (Path file : run.sent()) {
      try {
        stamps.add(Files.getLastModifiedTime(file));
        stamps.add(Files.size(file));
      } catch (IOException e) {
        stamps.add("none");
      }
    }
    return stamps;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
