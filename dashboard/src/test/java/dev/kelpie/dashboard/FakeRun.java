package dev.kelpie.dashboard;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Situation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A run of so many rollout workers, a few to a node, that moves on request: each turn is a second
 * in which workers generate, hand on, and every fourth a step is committed. It answers what is
 * asked of it on the next turn, as a run does.
 */
final class FakeRun implements RunView, RunControl {
  private static final int WORKERS_A_NODE = 4;
  private static final int TURNS_A_STEP = 4;
  private static final long STEPS = 10_000;

  private final Instant start;
  private final Map<String, ActorState> actors = new TreeMap<>();
  private final Map<String, Deque<Moment>> timelines = new TreeMap<>();
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final TreeMap<Long, StepMetrics> metrics = new TreeMap<>();
  private final List<RunEvent> events = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private final int workers;
  private RunPhase phase = RunPhase.TRAINING;
  private String drained = "";
  private String lost = "";
  private Optional<Situation> situation = Optional.empty();
  private long turn;
  private long step;

  FakeRun(int workers, Instant start) {
    this.workers = workers;
    this.start = start;
    event(RunEvent.Level.INFO, "coordinator", "run started with " + workers + " rollout workers");
    turn();
  }

  private Instant now() {
    return start.plus(Duration.ofSeconds(turn));
  }

  /** Advances the run by a second. */
  synchronized void turn() {
    turn++;
    boolean paused = phase == RunPhase.PAUSED;
    for (int i = 1; i <= workers; i++) {
      worker("rollout-" + i, i, paused);
    }
    lead("coordinator", "coordinator", "handing out work of step " + (step + 1), 3);
    lead("reward-1", "reward", turn % 3 == 0 ? "waiting" : "scoring unit " + turn, 1);
    lead("learner", "learner", learning(paused), 0);
    if (!paused && turn % TURNS_A_STEP == 0) {
      commit(step + 1);
    }
  }

  private String learning(boolean paused) {
    return paused ? "waiting" : "training step " + (step + 1) + ", minibatch " + turn % 4 + " of 4";
  }

  private void worker(String name, int number, boolean paused) {
    String node = "127.0.0.1:" + (25_520 + (number - 1) / WORKERS_A_NODE);
    long done = (turn * 7 + number * 11L) % 65;
    String doing = paused ? "waiting" : "generating " + done + " of 64 responses";
    if (name.equals(lost)) {
      doing = "lost";
    } else if (name.equals(drained)) {
      doing = "drained";
    }
    put(name, node, "rollout", doing, doing.equals("lost") ? -1 : step, (double) (turn % 3));
    if (!paused && !doing.equals("lost")) {
      link(name, "coordinator", 2, 380);
      link("coordinator", name, 1, 210);
      link(name, "reward-1", 1, 1500);
    }
  }

  private void lead(String name, String role, String doing, double mailbox) {
    put(name, "127.0.0.1:25510", role, doing, step, mailbox);
    if (!name.equals("coordinator")) {
      link(name, "coordinator", 1, 0);
    }
  }

  private void put(
      String name, String node, String role, String doing, long version, double mailbox) {
    ActorState before = actors.get(name);
    Activity kind = Activity.of(doing.split(" ", 2)[0]);
    boolean same = before != null && before.activity() == kind;
    Instant since = before != null && same ? before.since() : now();
    if (!same) {
      Deque<Moment> moments = timelines.computeIfAbsent(name, key -> new ArrayDeque<>());
      moments.addLast(new Moment(since, kind, doing, version));
    }
    Map<String, Double> numbers =
        Map.of(
            "mailbox",
            mailbox,
            "messages",
            (double) turn * 3,
            "restarts",
            0.0,
            "rss_mib",
            612.0 + turn % 5);
    actors.put(name, new ActorState(name, node, role, kind, doing, since, version, numbers));
  }

  private void link(String from, String to, long messages, long bytes) {
    Link before = links.getOrDefault(from + to, new Link(from, to, 0, 0));
    links.put(from + to, new Link(from, to, before.messages() + messages, before.bytes() + bytes));
  }

  /** Commits the steps up to {@code last} at once. */
  synchronized void commit(long last) {
    while (step < last) {
      step++;
      metrics.put(step, new StepMetrics(step, Numbers.of(step)));
    }
  }

  /** Adds an evaluation of the weights of a step. */
  synchronized void measure(long measured, double accuracy) {
    metrics.computeIfPresent(
        measured, (key, numbers) -> numbers.with(Map.of("eval/reward/mean", accuracy)));
  }

  /** Loses a worker's process. */
  synchronized void lose(String worker) {
    lost = worker;
    event(RunEvent.Level.WARNING, "watchdog", worker + " is lost; its work is given out again");
    turn();
  }

  /** Replaces the lost worker by one of the same name. */
  synchronized void replace() {
    event(RunEvent.Level.INFO, "coordinator", lost + " is back");
    lost = "";
    turn();
  }

  /** Has the run wait as {@code now} says. */
  synchronized void waits(Situation now) {
    situation = Optional.of(now);
  }

  synchronized Optional<Situation> situation() {
    return situation;
  }

  private void event(RunEvent.Level level, String source, String text) {
    events.add(new RunEvent(now(), level, source, text));
  }

  /** The requests so far, in order. */
  synchronized List<String> asked() {
    return List.copyOf(asked);
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
    return new Progress(phase, step, STEPS);
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
    long consumed = step * 64;
    return Map.of(
        "issued",
        consumed + 64,
        "received",
        consumed + 32,
        "rewarded",
        consumed + 16,
        "consumed",
        consumed,
        "dropped",
        0L,
        "in-flight",
        64L);
  }

  @Override
  public synchronized void stop() {
    asked.add("stop");
    phase = RunPhase.STOPPING;
  }

  @Override
  public synchronized void pause() {
    asked.add("pause");
    phase = RunPhase.PAUSED;
    event(RunEvent.Level.INFO, "coordinator", "paused before step " + (step + 1));
  }

  @Override
  public synchronized void resume() {
    asked.add("resume");
    phase = RunPhase.TRAINING;
    event(RunEvent.Level.INFO, "coordinator", "resumed");
  }

  @Override
  public synchronized void checkpoint() {
    asked.add("checkpoint");
    event(RunEvent.Level.INFO, "learner", "checkpoint of step " + step + " saved");
  }

  @Override
  public synchronized void drain(String worker) {
    asked.add("drain " + worker);
    drained = worker;
    event(RunEvent.Level.INFO, "coordinator", worker + " is drained");
  }
}
