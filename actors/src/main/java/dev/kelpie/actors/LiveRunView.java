package dev.kelpie.actors;

import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the {@link MetricsHub} has heard, for threads outside of the actors. */
final class LiveRunView implements RunView {
  private static final int EVENTS_KEPT = 1000;

  private final Map<String, ActorState> actors = new TreeMap<>();
  private final TreeMap<Long, StepMetrics> metrics = new TreeMap<>();
  private final Deque<RunEvent> events = new ArrayDeque<>();
  private Progress progress;

  LiveRunView(Progress progress) {
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
  public List<Link> links() {
    return List.of();
  }

  @Override
  public List<Moment> timeline(String actor) {
    return List.of();
  }

  @Override
  public Map<String, Long> ledger() {
    return Map.of();
  }

  synchronized void put(ActorState state) {
    actors.put(state.name(), state);
  }

  /** The actors of a node are lost; they stay in view until others take their names. */
  synchronized void lost(String node) {
    actors.replaceAll(
        (name, state) ->
            state.node().equals(node)
                ? new ActorState(
                    name, node, state.role(), "lost", Instant.now(), -1, state.numbers())
                : state);
  }

  /** Adds to the numbers of a step. */
  synchronized void put(StepMetrics more) {
    metrics.merge(more.step(), more, (before, now) -> before.with(now.values()));
  }

  synchronized void add(RunEvent event) {
    events.addLast(event);
    if (events.size() > EVENTS_KEPT) {
      events.removeFirst();
    }
  }

  synchronized void set(Progress now) {
    progress = now;
  }
}
