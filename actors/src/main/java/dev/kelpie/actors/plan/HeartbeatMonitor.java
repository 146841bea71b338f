package dev.kelpie.actors.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The leases of nodes. A node that is silent for longer than the lease is lost. Silence counts only
 * while this side was listening: when the checks themselves come late, because the process was
 * paused, every lease starts anew.
 */
public final class HeartbeatMonitor {
  private final long leaseNanos;
  private final long lateNanos;
  private final Map<String, Long> seen = new HashMap<>();
  private long checked;

  /**
   * Creates a monitor that knows no node yet.
   *
   * @param lease longest silence
   * @param between time between two checks
   */
  public HeartbeatMonitor(Duration lease, Duration between, long now) {
    this.leaseNanos = lease.toNanos();
    this.lateNanos = 3 * between.toNanos();
    this.checked = now;
  }

  /** A sign of life of {@code node}. */
  public void received(String node, long now) {
    seen.put(node, now);
  }

  /** Forgets and returns the nodes that were silent for too long. */
  public List<String> expire(long now) {
    boolean late = now - checked > lateNanos;
    checked = now;
    List<String> lost = new ArrayList<>();
    for (Iterator<Map.Entry<String, Long>> all = seen.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<String, Long> item = all.next();
      if (late) {
        item.setValue(now);
      } else if (now - item.getValue() > leaseNanos) {
        lost.add(item.getKey());
        all.remove();
      }
    }
    return lost;
  }
}
