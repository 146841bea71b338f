package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.kelpie.actors.plan.HeartbeatMonitor;
import dev.kelpie.actors.telemetry.ActivityBuffer;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.runs.RunSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds a node's lease of work: tells the coordinator every second that the node lives and what its
 * actors do, and notices when no answer comes any more.
 */
public final class HeartbeatSender extends AbstractBehavior<HeartbeatSender.Command> {
  static final Duration BEAT = Duration.ofSeconds(1);
  static final Duration LEASE = Duration.ofSeconds(5);
  static final Duration SILENCE = Duration.ofSeconds(8);

  private final String node;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorRef<Node.Command> owner;
  private final ActivityBuffer reports = new ActivityBuffer();
  private final Traffic traffic;
  private final HeartbeatMonitor answers;

  sealed interface Command {}

  /** What an actor of this node is doing. */
  record Report(ActorState state) implements Command, LocalMessage {
    @Override
    public String sender() {
      return state.name();
    }
  }

  /** The coordinator's answer to a beat. */
  record Heard() implements Command, FromCoordinator {}

  /** The coordinator's answer once the run is over. */
  public record RunEnded(RunSummary.Status status, long steps, String error, String policySha256)
      implements Command, FromCoordinator {}

  private record Tick() implements Command, LocalMessage {}

  private HeartbeatSender(
      ActorContext<Command> context,
      String node,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<Node.Command> owner) {
    super(context);
    this.node = node;
    this.coordinator = coordinator;
    this.owner = owner;
    this.traffic = Traffic.of(context.getSystem());
    this.answers = new HeartbeatMonitor(SILENCE, BEAT, System.nanoTime());
    answers.received(node, System.nanoTime());
    reports.add(
        new ActorState(
            ActorNames.of(ActorNames.LIFELINE, node),
            node,
            ActorNames.LIFELINE,
            "telling the coordinator that " + node + " lives",
            Instant.now(),
            -1,
            Map.of()));
    beat();
  }

  static Behavior<Command> create(
      String node, ActorRef<Coordinator.Command> coordinator, ActorRef<Node.Command> owner) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  start(timers);
                  return new HeartbeatSender(context, node, coordinator, owner);
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
    reports.add(report.state());
    return this;
  }

  private Behavior<Command> onHeard(Heard heard) {
    answers.received(node, System.nanoTime());
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
    double rss = ProcessFigures.rssMib();
    List<ActorState> states =
        reports.take().stream().map(state -> withNumbers(state, rss)).toList();
    coordinator.tell(
        new Coordinator.Heartbeat(node, states, traffic.links(), getContext().getSelf()));
  }

  private ActorState withNumbers(ActorState state, double rss) {
    Map<String, Double> numbers = new HashMap<>(state.numbers());
    traffic.addNumbers(state.name(), numbers);
    numbers.put("rss_mib", rss);
    return new ActorState(
        state.name(),
        state.node(),
        state.role(),
        state.doing(),
        state.since(),
        state.version(),
        numbers);
  }
}
