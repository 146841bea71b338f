package dev.kelpie.cli.terminal;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a run in order on Ctrl-C. The JVM ignores a second Ctrl-C while shutdown hooks run; here it
 * ends the process at once, unless the JVM has no {@code sun.misc.Signal}.
 */
public record StopHook(Thread thread) {
  private static final Logger LOG = LoggerFactory.getLogger(StopHook.class);

  /** The exit code of a process that SIGINT ended. */
  private static final int INTERRUPTED = 128 + 2;

  /**
   * Adds the hook.
   *
   * @param stop asks for the end
   * @param ended reports that everything is saved; the process then ends
   * @param word printed on a second Ctrl-C
   * @param last runs before a second Ctrl-C ends the process
   */
  public static StopHook add(Runnable stop, CountDownLatch ended, String word, Runnable last) {
    Thread thread =
        new Thread(
            () -> {
              endAtOnceOnInterrupt(word, last);
              stop.run();
              try {
                ended.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "kelpie-stop");
    Runtime.getRuntime().addShutdownHook(thread);
    return new StopHook(thread);
  }

  private static void endAtOnceOnInterrupt(String word, Runnable last) {
    try {
      InterruptHandler.install(
          () -> {
            System.err.println(word);
            last.run();
            Runtime.getRuntime().halt(INTERRUPTED);
          });
    } catch (ReflectiveOperationException e) {
      LOG.info("a second Ctrl-C will not be noticed: {}", e.toString());
    }
  }

  /** Removes the hook; without effect once the process is ending. */
  public void remove() {
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException e) {
      // the process is ending already, and the hook has done its work
    }
  }
}
