package dev.kelpie.cli.train;

import com.typesafe.config.ConfigUtil;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.wire.http.HealthServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Option;

/**
 * Options that {@code kelpie cluster} passes to the processes it starts: roles, ports and the
 * address to join. They are not part of the experiment, because a run of several processes may be
 * resumed in one.
 */
public final class ProcessPart {
  private static final Duration IDLE = Duration.ofMinutes(1);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  @Option(names = "--roles", hidden = true, split = ",", description = "Roles of this process.")
  private List<String> roles = new ArrayList<>();

  @Option(names = "--name", hidden = true, description = "Name of this process in the run.")
  private String name = "";

  @Option(names = "--host", hidden = true, description = "Address by which others reach it.")
  private String host = "";

  @Option(names = "--bind-host", hidden = true, description = "Address to bind, if another.")
  private String bindHost = "";

  @Option(names = "--port", hidden = true, description = "Port of the actors.")
  private int port;

  @Option(names = "--bulk-port", hidden = true, description = "Port of the bulk server.")
  private int bulkPort;

  @Option(names = "--seed", hidden = true, description = "HOST:PORT of the learner's process.")
  private String seed = "";

  @Option(
      names = "--health-port",
      hidden = true,
      description = "Port of this machine alone on which its state is asked; 0: none.")
  private int healthPort;

  @Option(names = "--tied", hidden = true, description = "Exit when standard input is closed.")
  private boolean tied;

  @Option(
      names = "--standby",
      hidden = true,
      description = "Wait for a line on standard input before taking part.")
  private boolean standby;

  /** Whether another process started this one as a part of a run. */
  boolean given() {
    return !roles.isEmpty();
  }

  /** The name of this process in the run; empty when it was given none. */
  public String name() {
    return name;
  }

  /** Overrides of the experiment that select this process's part. */
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
    if (!host.isEmpty()) {
      changes.add("cluster.host=" + ConfigUtil.quoteString(host));
      changes.add("cluster.bind-host=" + ConfigUtil.quoteString(bindHost));
    }
    if (!roles.contains("learner")) {
      changes.add("rollout.workers=1");
    }
    return changes;
  }

  /**
   * Answers those who ask for the state of this process, until closed.
   *
   * @param ready whether it takes part in the run
   * @throws IOException when the port cannot be bound
   */
  public HealthServer answerProbes(BooleanSupplier ready) throws IOException {
    return HealthServer.start(healthPort, ready);
  }

  /** Whether this process waits until it is told to take the place of another. */
  boolean standsBy() {
    return standby;
  }

  /** Waits for its turn; returns false when its parent is gone. */
  boolean awaitTurn() {
    try {
      return System.in.read() >= 0;
    } catch (IOException e) {
      return false; // a broken pipe counts as the end
    }
  }

  /**
   * Shuts this process down when its parent is gone. The last step takes as long as it takes; a
   * process in which nobody works any more is ended after a minute.
   *
   * @param stop starts an orderly shutdown
   * @param atWork whether work that must be finished is in progress
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

  /** Returns when nobody has worked for {@code idle}. */
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
        // the end of the stream is the signal, whatever was written
      }
    } catch (IOException e) {
      // a broken pipe counts as the end
    }
  }
}
