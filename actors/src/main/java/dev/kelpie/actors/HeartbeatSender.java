package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.HeartbeatMonitor;
import dev.kelpie.actors.telemetry.ActivityBuffer;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.runs.RunSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Sends the heartbeats of a node: every second it reports to the coordinator what the node's actors
 * do, which renews the lease of their work, and it notices when the answers stay away.
 */
public final class HeartbeatSender extends AbstractBehavior<HeartbeatSender.Command> {
  static final Duration LEASE = Duration.ofSeconds(5);
  public static final Duration INTERVAL = Duration.ofSeconds(1);
  public static final Duration SILENCE = Duration.ofSeconds(8);

  /** Silence after which a question at the coordinator's address costs less than waiting. */
  private static final Duration DOUBT = Duration.ofMillis(1500);

  private final Setup setup;
  private final ActivityBuffer reports = new ActivityBuffer();
  private final HeartbeatMonitor answers;
  private final HeartbeatMonitor recent;

  sealed interface Command {}

  /** What an actor of this node is doing. */
  record Report(ActorState state) implements Command, LocalMessage {
    @Override
    public String sender() {
      return state.name();
    }
  }

  /** The coordinator's answer to a heartbeat. */
  record HeartbeatAck() implements Command, FromCoordinator {}

  /** The coordinator's answer once the run is over. */
  public record RunEnded(RunSummary.Status status, long steps, String error, String policySha256)
      implements Command, FromCoordinator {}

  private record Tick() implements Command, LocalMessage {}

  /**
   * What a heartbeat sender needs.
   *
   * @param node host and port of its actor system
   * @param owner learns when the run is over or the coordinator is lost
   * @param nanoTime a clock like {@link System#nanoTime}
   */
  record Setup(
      String node,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<Node.Command> owner,
      Traffic traffic,
      LongSupplier nanoTime) {}

  private HeartbeatSender(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.answers = new HeartbeatMonitor(SILENCE, INTERVAL, now());
    this.recent = new HeartbeatMonitor(DOUBT, INTERVAL, now());
    heard();
    reports.add(
        new ActorState(
            ActorNames.of(ActorNames.LIFELINE, setup.node()),
            setup.node(),
            ActorNames.LIFELINE,
            Activity.REPORTING,
            "sending heartbeats of " + setup.node(),
            Instant.now(),
            -1,
            Map.of()));
    send();
  }

  static Behavior<Command> create(Setup setup) {
    return Ticks.every(INTERVAL, new Tick(), context -> new HeartbeatSender(context, setup));
  }

  private void heard() {
    answers.received(setup.node(), now());
    recent.received(setup.node(), now());
  }

  private long now() {
    return setup.nanoTime().getAsLong();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Report.class, this::onReport)
        .onMessage(HeartbeatAck.class, this::onHeartbeatAck)
        .onMessage(RunEnded.class, this::onRunEnded)
        .onMessage(Tick.class, this::onTick)
        .build();
  }

  private Behavior<Command> onReport(Report report) {
    reports.add(report.state());
    if (report.state().activity() == Activity.DRAINED) {
      send();
      setup.owner().tell(new Node.WorkerDrained(report.state().name()));
    }
    return this;
  }

  private Behavior<Command> onHeartbeatAck(HeartbeatAck ack) {
    heard();
    return this;
  }

  private Behavior<Command> onRunEnded(RunEnded ended) {
    setup.owner().tell(new Node.RunIsOver(ended));
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    if (!answers.expire(now()).isEmpty()) {
      setup.owner().tell(new Node.CoordinatorLost());
    } else if (!recent.expire(now()).isEmpty()) {
      recent.received(setup.node(), now() - INTERVAL.toNanos()); // asks again at the next tick
      setup.owner().tell(new Node.CoordinatorSilent());
    }
    send();
    return this;
  }

  private void send() {
    double rss = ProcessFigures.rssMib();
    List<ActorState> states =
        reports.take().stream().map(state -> withNumbers(state, rss)).toList();
    setup
        .coordinator()
        .tell(
            new Coordinator.Heartbeat(
                setup.node(), states, setup.traffic().links(), getContext().getSelf()));
  }

  private ActorState withNumbers(ActorState state, double rss) {
    Map<String, Double> numbers = new HashMap<>(state.numbers());
    setup.traffic().addNumbers(state.name(), numbers);
    numbers.put("rss_mib", rss);
    return state.withNumbers(numbers);
  }
}
