package dev.kelpie.cli.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Limits how often a process may be restarted within a time span. */
final class RestartBudget {
  private final int most;
  private final Duration within;
  private final Deque<Long> restarts = new ArrayDeque<>();

  RestartBudget(int most, Duration within) {
    this.most = most;
    this.within = within;
  }

  /** Takes a restart; returns false when there were too many lately. */
  boolean take(long nowNanos) {
    while (!restarts.isEmpty() && nowNanos - restarts.getFirst() > within.toNanos()) {
      restarts.removeFirst();
    }
    if (restarts.size() >= most) {
      return false;
    }
    restarts.addLast(nowNanos);
    return true;
  }

  /** Number of restarts within the time span. */
  int taken() {
    return restarts.size();
  }
}
