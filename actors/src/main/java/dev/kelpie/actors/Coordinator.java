package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import dev.kelpie.actors.plan.CannotContinue;
import dev.kelpie.actors.plan.HeartbeatMonitor;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.actors.tls.RefusedCertificates;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.wire.broadcast.WeightHolders;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The actor that leads a run: it issues work to workers that ask, collects their results, has the
 * learner train complete steps, and notices which nodes are lost. It takes the messages; {@link
 * TrainingLoop} and its parts decide.
 */
public final class Coordinator extends AbstractBehavior<Coordinator.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "coordinator");
  static final Duration TICK = Duration.ofMillis(500);

  private final TrainingLoop run;
  private final HeartbeatMonitor heartbeats =
      new HeartbeatMonitor(HeartbeatSender.LEASE, TICK, System.nanoTime());
  private final Map<String, ActorRef<HeartbeatSender.Command>> heartbeatSenders = new HashMap<>();
  private final WeightHolders<ActorRef<WeightSharing.Command>> holders = new WeightHolders<>();
  private final String node;
  private final Traffic traffic;

  sealed interface Command
      permits SampleMessage,
          ReferenceMessage,
          LearnerMessage,
          OperatorRequest,
          PartFailed,
          Heartbeat,
          WeightSharing.Announced,
          WhoWaits,
          Tick {}

  /** A part without which the run cannot continue has failed. */
  record PartFailed(String part, String reason) implements Command, WireMessage {
    @Override
    public String sender() {
      return part;
    }
  }

  /** A node's sign of life, with the states of its actors and the messages they received. */
  record Heartbeat(
      String node,
      List<ActorState> actors,
      List<Link> links,
      ActorRef<HeartbeatSender.Command> replyTo)
      implements Command, WireMessage {
    Heartbeat {
      actors = List.copyOf(actors);
      links = List.copyOf(links);
    }

    @Override
    public String sender() {
      return ActorNames.of(ActorNames.LIFELINE, node);
    }
  }

  /** The watchdog's question who waits for whom. */
  record WhoWaits(ActorRef<Watchdog.Command> replyTo) implements Command, LocalMessage {
    @Override
    public String sender() {
      return ActorNames.WATCHDOG;
    }
  }

  private record Tick() implements Command, LocalMessage {}

  private Coordinator(ActorContext<Command> context, String node, TrainingLoop.Setup setup) {
    super(context);
    this.node = node;
    this.traffic = Traffic.of(context.getSystem());
    this.run =
        new TrainingLoop(
            setup,
            traffic::totals,
            RefusedCertificates.of(context.getSystem())::last,
            this::announceEnd);
    context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
  }

  /**
   * @param node host and port of the coordinator's own actor system
   */
  static Behavior<Command> create(String node, TrainingLoop.Setup setup) {
    return Ticks.every(TICK, new Tick(), context -> open(context, node, setup));
  }

  /** Ends the run when the coordinator cannot begin; the cluster would wait for it for ever. */
  private static Behavior<Command> open(
      ActorContext<Command> context, String node, TrainingLoop.Setup setup) {
    try {
      return new Coordinator(context, node, setup);
    } catch (RuntimeException | LinkageError e) {
      context.getLog().error("the coordinator cannot begin", e);
      setup
          .owner()
          .tell(new Node.RunEnds(RunCompletion.failed("coordinator: " + Failure.line(e), 0)));
      return Behaviors.stopped();
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(SampleMessage.class, this::onSampleMessage)
        .onMessage(ReferenceMessage.class, this::onReferenceMessage)
        .onMessage(LearnerMessage.class, this::onLearnerMessage)
        .onMessage(OperatorRequest.class, this::onOperatorRequest)
        .onMessage(PartFailed.class, this::onPartFailed)
        .onMessage(Heartbeat.class, this::onHeartbeat)
        .onMessage(WeightSharing.Announced.class, this::onAnnounced)
        .onMessage(WhoWaits.class, this::onWhoWaits)
        .onMessage(Tick.class, this::onTick)
        .onSignal(PostStop.class, this::onPostStop)
        .build();
  }

  private Behavior<Command> onSampleMessage(SampleMessage message) {
    return take(message, () -> run.handle(message));
  }

  private Behavior<Command> onReferenceMessage(ReferenceMessage message) {
    return take(message, () -> run.handle(message));
  }

  /** Takes a message of a worker: one that has room shows that its node is alive. */
  private Behavior<Command> take(Command message, Runnable work) {
    if (message instanceof FromWorker.Ready ready) {
      seen(ready.worker().node());
    }
    return guard(work);
  }

  private Behavior<Command> onLearnerMessage(LearnerMessage message) {
    return guard(() -> run.handle(message));
  }

  private Behavior<Command> onOperatorRequest(OperatorRequest request) {
    return guard(() -> run.handle(request));
  }

  private Behavior<Command> onPartFailed(PartFailed failed) {
    run.fail(failed.part() + ": " + failed.reason());
    return this;
  }

  private Behavior<Command> onHeartbeat(Heartbeat heartbeat) {
    seen(heartbeat.node());
    heartbeatSenders.put(heartbeat.node(), heartbeat.replyTo());
    heartbeat
        .replyTo()
        .tell(run.heartbeat(heartbeat.node(), heartbeat.actors(), heartbeat.links()));
    return this;
  }

  private Behavior<Command> onAnnounced(WeightSharing.Announced message) {
    return guard(
        () -> tell(holders.announced(message.node(), message.address(), message.holding())));
  }

  private static void tell(List<WeightHolders.Told<ActorRef<WeightSharing.Command>>> told) {
    told.forEach(one -> one.address().tell(new WeightSharing.Heard(one.holders())));
  }

  private Behavior<Command> onWhoWaits(WhoWaits question) {
    question.replyTo().tell(new Watchdog.Waits(run.situation()));
    return this;
  }

  /** The coordinator's own node lives and dies with it and needs no lease. */
  private void seen(String from) {
    if (!from.equals(node)) {
      heartbeats.received(from, System.nanoTime());
    }
  }

  private Behavior<Command> onTick(Tick tick) {
    for (String lost : heartbeats.expire(System.nanoTime())) {
      heartbeatSenders.remove(lost);
      guard(() -> run.nodeLost(lost));
      tell(holders.nodeLost(lost));
    }
    Map<String, Double> numbers = new HashMap<>();
    traffic.addNumbers(ActorNames.COORDINATOR, numbers);
    numbers.put("rss_mib", ProcessFigures.rssMib());
    run.tick(node, numbers);
    return this;
  }

  /**
   * Ends the run when it cannot continue, or when something fails, such as a write to a full disk.
   * So does a class that cannot be loaded: Akka would end the JVM for it, which would wait for a
   * last step that this actor can no longer take.
   */
  private Behavior<Command> guard(Runnable work) {
    try {
      work.run();
    } catch (CannotContinue e) {
      run.fail(e.reason());
    } catch (RuntimeException | LinkageError e) {
      getContext().getLog().error("the coordinator cannot go on", e);
      run.fail("coordinator: " + Failure.line(e));
    }
    return this;
  }

  private void announceEnd(HeartbeatSender.RunEnded ended) {
    heartbeatSenders.values().forEach(sender -> sender.tell(ended));
  }

  private Behavior<Command> onPostStop(PostStop signal) {
    run.close();
    return this;
  }
}
