package dev.kelpie.actors.simulation;

/**
 * A process of a simulated run that can be killed, and stopped for a while. A launcher starts it
 * again after it was killed. What belongs to a life of the process does not happen in the next.
 */
abstract class SimulatedProcess {
  final SimulatedCluster cluster;
  final String host;
  private int life;
  private boolean alive;
  private long stoppedUntil;

  SimulatedProcess(SimulatedCluster cluster, String host) {
    this.cluster = cluster;
    this.host = host;
  }

  /** Seconds from its death to its next start. */
  abstract double restartSeconds();

  /** Begins a life. */
  abstract void started();

  /** What is in memory is lost. */
  abstract void died();

  /** Starts the process. */
  final void start() {
    alive = true;
    started();
  }

  /** Kills the process, as by {@code kill -9}. */
  public final void kill() {
    if (!alive) {
      return;
    }
    alive = false;
    life++;
    stoppedUntil = 0;
    died();
    cluster
        .time()
        .after(
            restartSeconds(),
            () -> {
              if (!cluster.isOver()) {
                start();
              }
            });
  }

  /** Ends what belongs to this life without the process's death; another life begins. */
  final void renew() {
    life++;
  }

  /** Stops the process for a while, as by SIGSTOP and SIGCONT. */
  public final void stop(double seconds) {
    if (alive) {
      stoppedUntil = cluster.time().nanos() + Math.round(seconds * 1e9);
    }
  }

  /** Whether the process runs. */
  public final boolean isAlive() {
    return alive;
  }

  /** Has {@code action} happen in this life of the process; later where it is stopped then. */
  final void after(double seconds, Runnable action) {
    int own = life;
    cluster.time().after(seconds, () -> run(own, action));
  }

  private void run(int own, Runnable action) {
    if (!alive || own != life) {
      return;
    }
    long left = stoppedUntil - cluster.time().nanos();
    if (left > 0) {
      cluster.time().after(left / 1e9, () -> run(own, action));
    } else {
      action.run();
    }
  }

  /** Has {@code action} happen every {@code seconds} of this life. */
  final void every(double seconds, Runnable action) {
    after(
        seconds,
        () -> {
          action.run();
          every(seconds, action);
        });
  }

  /** Hands a message that was sent from another machine to this life of the process. */
  final void deliver(String from, Runnable action) {
    int own = life;
    for (double delay : cluster.network().deliveries(from, host)) {
      cluster.time().after(delay, () -> run(own, action));
    }
  }
}
