package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.kelpie.experience.RunView.ActorState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds a node's lease of work: tells the coordinator every second that the node lives and what its
 * actors do, and notices when no answer comes any more.
 */
final class Lifeline extends AbstractBehavior<Lifeline.Command> {
  static final Duration BEAT = Duration.ofSeconds(1);
  static final Duration LEASE = Duration.ofSeconds(5);
  static final Duration SILENCE = Duration.ofSeconds(8);

  private final String node;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorRef<Node.Command> owner;
  private final Map<String, ActorState> states = new TreeMap<>();
  private final Leases answers;

  sealed interface Command {}

  /** What an actor of this node is doing. */
  record Report(ActorState state) implements Command, LocalMessage {}

  /** The coordinator's answer to a beat. */
  record Heard() implements Command, WireMessage {}

  /** The coordinator's answer once the run is over. */
  record RunEnded(RunSummary.Status status, long steps, String error, String policySha256)
      implements Command, WireMessage {}

  private record Tick() implements Command, LocalMessage {}

  private Lifeline(
      ActorContext<Command> context,
      String node,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<Node.Command> owner) {
    super(context);
    this.node = node;
    this.coordinator = coordinator;
    this.owner = owner;
    this.answers = new Leases(SILENCE, BEAT, System.nanoTime());
    answers.heard(node, System.nanoTime());
    beat();
  }

  static Behavior<Command> create(
      String node, ActorRef<Coordinator.Command> coordinator, ActorRef<Node.Command> owner) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  start(timers);
                  return new Lifeline(context, node, coordinator, owner);
                }));
  }

  private static void start(TimerScheduler<Command> timers) {
    timers.startTimerWithFixedDelay(new Tick(), BEAT);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Report.class, this::onReport)
        .onMessage(Heard.class, this::onHeard)
        .onMessage(RunEnded.class, this::onRunEnded)
        .onMessage(Tick.class, this::onTick)
        .build();
  }

  private Behavior<Command> onReport(Report report) {
    states.put(report.state().name(), report.state());
    return this;
  }

  private Behavior<Command> onHeard(Heard heard) {
    answers.heard(node, System.nanoTime());
    return this;
  }

  private Behavior<Command> onRunEnded(RunEnded ended) {
    owner.tell(new Node.RunIsOver(ended));
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    if (!answers.expire(System.nanoTime()).isEmpty()) {
      owner.tell(new Node.CoordinatorLost());
    }
    beat();
    return this;
  }

  private void beat() {
    coordinator.tell(
        new Coordinator.Beat(node, List.copyOf(states.values()), getContext().getSelf()));
  }
}
