package dev.kelpie.cli.train;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Option;

/**
 * Options that {@code kelpie cluster} gives the processes that it starts: which part of a run a
 * process takes, where it listens and whom it joins. They are no part of the experiment: a run over
 * several processes may go on in one.
 */
public final class ProcessPart {
  private static final Duration IDLE = Duration.ofMinutes(1);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  @Option(names = "--roles", hidden = true, split = ",", description = "What this process does.")
  private List<String> roles = new ArrayList<>();

  @Option(names = "--name", hidden = true, description = "What this process is called.")
  private String name = "";

  @Option(names = "--port", hidden = true, description = "Port of the actors.")
  private int port;

  @Option(names = "--bulk-port", hidden = true, description = "Port of the bulk server.")
  private int bulkPort;

  @Option(names = "--seed", hidden = true, description = "HOST:PORT of the learner's process.")
  private String seed = "";

  @Option(names = "--tied", hidden = true, description = "End when standard input ends.")
  private boolean tied;

  /** True when another process started this one to take a part in a run. */
  boolean given() {
    return !roles.isEmpty();
  }

  /** The name of this process in the run; empty when it was given none. */
  public String name() {
    return name;
  }

  /** Changes to the experiment that make it this process's part. */
  public List<String> overrides() {
    if (!given()) {
      return List.of();
    }
    List<String> changes =
        new ArrayList<>(
            List.of(
                "cluster.roles=[" + String.join(",", roles) + "]",
                "cluster.port=" + port,
                "cluster.bulk-port=" + bulkPort,
                "cluster.seed=\"" + seed + "\""));
    if (!roles.contains("learner")) {
      changes.add("rollout.workers=1");
    }
    return changes;
  }

  /**
   * Ends this process in order when whoever started it is gone. The last step takes as long as it
   * takes; a process that could not come to its end, because nobody is left to work at it, is ended
   * after a minute.
   *
   * @param stop asks for an orderly end
   * @param atWork whether anybody works at what is to be finished
   */
  public void tie(Runnable stop, BooleanSupplier atWork) {
    if (!tied) {
      return;
    }
    Thread watch = new Thread(() -> endWithStarter(stop, atWork), "kelpie-tied");
    watch.setDaemon(true);
    watch.start();
  }

  private static void endWithStarter(Runnable stop, BooleanSupplier atWork) {
    awaitEndOfInput();
    stop.run();
    awaitIdle(atWork, IDLE, LOOK_EVERY);
    Runtime.getRuntime().halt(Failures.FAILURE);
  }

  /** Returns when nobody was at work for {@code idle}. */
  static void awaitIdle(BooleanSupplier atWork, Duration idle, Duration lookEvery) {
    long since = System.nanoTime();
    while (System.nanoTime() - since < idle.toNanos()) {
      LockSupport.parkNanos(lookEvery.toNanos());
      since = atWork.getAsBoolean() ? System.nanoTime() : since;
    }
  }

  private static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // nobody says anything on this line; that it is open is what counts
      }
    } catch (IOException e) {
      // a broken pipe is an end, too
    }
  }
}
