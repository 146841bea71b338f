package dev.kelpie.actors.telemetry;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Situation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The live view of a run: what the metrics hub received, readable from any thread. Of each actor it
 * has the newest state and what the actor did before.
 */
public final class LiveRunView implements RunView {
  static final Duration LOST_SHOWN = Duration.ofMinutes(1);

  private static final int MOMENTS_KEPT = 200;
  private static final int EVENTS_KEPT = 1000;

  private final Map<String, ActorState> actors = new TreeMap<>();
  private final Map<String, Deque<Moment>> timelines = new HashMap<>();
  private final Map<Pair, Link> links = new HashMap<>();
  private final TreeMap<Long, StepMetrics> metrics = new TreeMap<>();
  private final Deque<RunEvent> events = new ArrayDeque<>();
  private Map<String, Long> ledger = Map.of();
  private Progress progress;
  private Optional<Situation> situation = Optional.empty();

  private record Pair(String from, String to) {}

  public LiveRunView(Progress progress) {
    this.progress = progress;
  }

  @Override
  public synchronized List<ActorState> actors() {
    return List.copyOf(actors.values());
  }

  @Override
  public synchronized List<StepMetrics> metrics(long fromStep) {
    return List.copyOf(metrics.tailMap(fromStep).values());
  }

  @Override
  public synchronized List<RunEvent> events() {
    return List.copyOf(events);
  }

  @Override
  public synchronized Progress progress() {
    return progress;
  }

  @Override
  public synchronized List<Link> links() {
    return List.copyOf(links.values());
  }

  @Override
  public synchronized List<Moment> timeline(String actor) {
    return List.copyOf(timelines.getOrDefault(actor, new ArrayDeque<>()));
  }

  @Override
  public synchronized Map<String, Long> ledger() {
    return ledger;
  }

  /** An actor's newest state. */
  public synchronized void put(ActorState state) {
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
  public synchronized void put(Link link) {
    links.put(new Pair(link.from(), link.to()), link);
  }

  /** The actors of a node are lost; they stay in view for a while. */
  public synchronized void lost(String node, Instant now) {
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

  /** The actors of a node have left. */
  public synchronized void left(String node) {
    forget(state -> state.node().equals(node));
  }

  /** Forgets actors that were lost more than {@link #LOST_SHOWN} ago. */
  public synchronized void forgetLost(Instant now) {
    forget(
        state -> state.activity() == Activity.LOST && state.since().plus(LOST_SHOWN).isBefore(now));
  }

  private void forget(Predicate<ActorState> which) {
    Set<String> gone = new HashSet<>();
    actors.values().stream().filter(which).map(ActorState::name).forEach(gone::add);
    actors.keySet().removeAll(gone);
    timelines.keySet().removeAll(gone);
    links.keySet().removeIf(pair -> gone.contains(pair.from()) || gone.contains(pair.to()));
  }

  /** Adds to the numbers of a step. */
  public synchronized void put(StepMetrics more) {
    metrics.merge(more.step(), more, (before, now) -> before.with(now.values()));
  }

  public synchronized void add(RunEvent event) {
    events.addLast(event);
    if (events.size() > EVENTS_KEPT) {
      events.removeFirst();
    }
  }

  public synchronized void set(Progress now) {
    progress = now;
  }

  public synchronized void set(Situation now) {
    situation = Optional.of(now);
  }

  /** Who waits for what, and the nodes; empty before the coordinator has reported it. */
  public synchronized Optional<Situation> situation() {
    return situation;
  }

  public synchronized void set(Map<String, Long> counts) {
    ledger = Map.copyOf(counts);
  }
}
