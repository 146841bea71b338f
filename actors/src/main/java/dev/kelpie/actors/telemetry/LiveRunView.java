package dev.kelpie.actors.telemetry;

import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The live view of a run: what the metrics hub received, readable from any thread. */
public final class LiveRunView implements RunView {
  private static final int EVENTS_KEPT = 1000;

  private final ActorRegistry actors = new ActorRegistry();
  private final TreeMap<Long, StepMetrics> metrics = new TreeMap<>();
  private final Deque<RunEvent> events = new ArrayDeque<>();
  private Map<String, Long> ledger = Map.of();
  private Progress progress;

  public LiveRunView(Progress progress) {
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

  public synchronized void put(ActorState state) {
    actors.put(state);
  }

  public synchronized void put(Link link) {
    actors.put(link);
  }

  /** The actors of a node are lost; they stay in view for a while. */
  public synchronized void lost(String node) {
    actors.lost(node, Instant.now());
  }

  public synchronized void forgetLost() {
    actors.forgetLost(Instant.now());
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

  public synchronized void set(Map<String, Long> counts) {
    ledger = Map.copyOf(counts);
  }
}
