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

  private final ActorsSeen actors = new ActorsSeen();
  private final TreeMap<Long, StepMetrics> metrics = new TreeMap<>();
  private final Deque<RunEvent> events = new ArrayDeque<>();
  private Map<String, Long> ledger = Map.of();
  private Progress progress;

  LiveRunView(Progress progress) {
    this.progress = progress;
  }

  @Override
  public synchronized List<ActorState> actors() {
    return actors.actors();
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
    return actors.links();
  }

  @Override
  public synchronized List<Moment> timeline(String actor) {
    return actors.timeline(actor);
  }

  @Override
  public synchronized Map<String, Long> ledger() {
    return ledger;
  }

  synchronized void put(ActorState state) {
    actors.put(state);
  }

  synchronized void put(Link link) {
    actors.put(link);
  }

  /** The actors of a node are lost; they stay in view for a while. */
  synchronized void lost(String node) {
    actors.lost(node, Instant.now());
  }

  synchronized void forgetLost() {
    actors.forgetLost(Instant.now());
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

  synchronized void set(Map<String, Long> counts) {
    ledger = Map.copyOf(counts);
  }
}
