package dev.kelpie.actors.plan;

import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.waiting.NodeStatus;
import dev.kelpie.experience.waiting.NodeStatus.Presence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The nodes of a run: since when each is there, its last heartbeat, and the last states of its
 * actors. A node that is gone is kept for two minutes, and for longer while no other has its roles,
 * so that it can be named as long as it is missed.
 */
public final class NodeBook {
  private static final Duration GONE_KEPT = Duration.ofMinutes(2);

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private static final class Entry {
    Presence presence = Presence.PRESENT;
    Instant since;
    Instant heartbeat;
    final Map<String, ActorState> actors = new TreeMap<>();

    Entry(Instant now) {
      since = now;
      heartbeat = now;
    }

    /** Whether it does work of these roles alone. */
    boolean does(Set<String> roles) {
      Set<String> all = new HashSet<>();
      actors.values().forEach(state -> all.add(state.role()));
      all.remove("lifeline"); // sends the heartbeats of every node
      return all.equals(roles);
    }
  }

  /** A node's heartbeat, with the states of its actors that have changed. */
  public void heartbeat(String node, List<ActorState> states, Instant now) {
    Entry entry = entries.computeIfAbsent(node, key -> new Entry(now));
    if (entry.presence != Presence.PRESENT) {
      entry.presence = Presence.PRESENT;
      entry.since = now;
    }
    entry.heartbeat = now;
    states.forEach(state -> entry.actors.put(state.name(), state));
  }

  /**
   * A node is gone. One that has drained rollout workers and nothing else has left; another is
   * lost.
   *
   * @param drained whether its rollout workers were all drained
   * @return whether it has left
   */
  public boolean gone(String node, boolean drained, Instant now) {
    Entry entry = entries.get(node);
    boolean left = drained && entry != null && entry.does(Set.of("rollout"));
    if (entry != null) {
      entry.presence = left ? Presence.LEFT : Presence.LOST;
    }
    forget(now);
    return left;
  }

  private void forget(Instant now) {
    List<NodeStatus> all = statuses(Map.of());
    for (NodeStatus status : all) {
      boolean old = status.heartbeat().plus(GONE_KEPT).isBefore(now);
      boolean missed =
          status.roles().stream()
              .anyMatch(
                  role ->
                      all.stream()
                          .filter(other -> other.presence() == Presence.PRESENT)
                          .noneMatch(other -> other.roles().contains(role)));
      if (status.presence() != Presence.PRESENT && old && !missed) {
        entries.remove(status.node());
      }
    }
  }

  /**
   * All of them.
   *
   * @param tasks what the workers of each node have been given and not finished
   */
  public List<NodeStatus> statuses(Map<String, List<NodeStatus.Task>> tasks) {
    List<NodeStatus> all = new ArrayList<>();
    entries.forEach(
        (node, entry) ->
            all.add(
                new NodeStatus(
                    node,
                    entry.presence,
                    entry.since,
                    entry.heartbeat,
                    List.copyOf(entry.actors.values()),
                    tasks.getOrDefault(node, List.of()))));
    return all;
  }
}
