package dev.kelpie.actors.telemetry;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The actors of a run as they were last seen, what they did before, and what passed between them.
 * An actor whose process is gone stays in view as lost for {@link #LOST_SHOWN}.
 */
final class ActorRegistry {
  static final Duration LOST_SHOWN = Duration.ofMinutes(1);
  private static final int MOMENTS_KEPT = 200;

  private final Map<String, ActorState> actors = new TreeMap<>();
  private final Map<String, Deque<Moment>> timelines = new HashMap<>();
  private final Map<Pair, Link> links = new HashMap<>();

  private record Pair(String from, String to) {}

  List<ActorState> actors() {
    return List.copyOf(actors.values());
  }

  List<Link> links() {
    return List.copyOf(links.values());
  }

  List<Moment> timeline(String actor) {
    return List.copyOf(timelines.getOrDefault(actor, new ArrayDeque<>()));
  }

  /** An actor's newest state. */
  void put(ActorState state) {
    actors.put(state.name(), state);
    Deque<Moment> moments = timelines.computeIfAbsent(state.name(), name -> new ArrayDeque<>());
    // Another word on the same activity: 12 of 64, then 20 of 64.
    if (!moments.isEmpty() && moments.getLast().since().equals(state.since())) {
      moments.removeLast();
    }
    moments.addLast(new Moment(state.since(), state.activity(), state.doing(), state.version()));
    if (moments.size() > MOMENTS_KEPT) {
      moments.removeFirst();
    }
  }

  /** A link's newest counts. */
  void put(Link link) {
    links.put(new Pair(link.from(), link.to()), link);
  }

  /** The actors of a node are lost. */
  void lost(String node, Instant now) {
    for (ActorState state : actors()) {
      if (state.node().equals(node) && state.activity() != Activity.LOST) {
        put(
            new ActorState(
                state.name(),
                node,
                state.role(),
                Activity.LOST,
                Activity.LOST.word(),
                now,
                -1,
                state.numbers()));
      }
    }
  }

  /** Forgets actors that were lost more than {@link #LOST_SHOWN} ago. */
  void forgetLost(Instant now) {
    Set<String> gone = new HashSet<>();
    for (ActorState state : actors.values()) {
      if (state.activity() == Activity.LOST && state.since().plus(LOST_SHOWN).isBefore(now)) {
        gone.add(state.name());
      }
    }
    actors.keySet().removeAll(gone);
    timelines.keySet().removeAll(gone);
    links.keySet().removeIf(pair -> gone.contains(pair.from()) || gone.contains(pair.to()));
  }
}
