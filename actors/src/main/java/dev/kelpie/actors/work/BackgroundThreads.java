package dev.kelpie.actors.work;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Daemon threads for work that starts before there is an actor system. */
final class BackgroundThreads {
  static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "kelpie-background");
            thread.setDaemon(true);
            return thread;
          });

  private BackgroundThreads() {}
}
