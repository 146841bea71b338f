package dev.kelpie.actors.telemetry;

import dev.kelpie.experience.RunView.ActorState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the actors of a node have said of themselves since the last heartbeat: the newest state of
 * each, and before it those that it has passed through in between.
 */
public final class ActivityBuffer {
  private static final int MOST_PER_BEAT = 32;

  private final Map<String, Deque<ActorState>> byActor = new TreeMap<>();

  /** An actor says what it does now. Another word on the same activity replaces the one before. */
  public void add(ActorState state) {
    Deque<ActorState> states =
        byActor.computeIfAbsent(state.name(), name -> new ArrayDeque<>(MOST_PER_BEAT));
    if (!states.isEmpty() && states.getLast().since().equals(state.since())) {
      states.removeLast();
    }
    states.addLast(state);
    if (states.size() > MOST_PER_BEAT) {
      states.removeFirst();
    }
  }

  /** The states since the last call, for each actor oldest first and at least its newest. */
  public List<ActorState> take() {
    List<ActorState> all = new ArrayList<>();
    for (Deque<ActorState> states : byActor.values()) {
      all.addAll(states);
      while (states.size() > 1) {
        states.removeFirst();
      }
    }
    return all;
  }
}
