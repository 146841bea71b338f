package dev.kelpie.cli.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** How often a process may be started again: so many times within a span of time. */
final class RestartBudget {
  private final int most;
  private final Duration within;
  private final Deque<Long> restarts = new ArrayDeque<>();

  RestartBudget(int most, Duration within) {
    this.most = most;
    this.within = within;
  }

  /** Takes a restart; false when there were too many lately. */
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

  /** Restarts taken lately. */
  int taken() {
    return restarts.size();
  }
}
