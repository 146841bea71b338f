package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import dev.kelpie.actors.plan.HeartbeatMonitor;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Leads a run: hands out work to whoever asks, collects results, lets the learner train complete
 * steps, and has on disk what it acknowledges. The only one that knows the whole; what it decides
 * stands in {@link TrainingLoop} and its parts, here are only the messages.
 */
public final class Coordinator extends AbstractBehavior<Coordinator.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "coordinator");
  private static final Duration TICK = Duration.ofMillis(500);

  private final TrainingLoop run;
  private final HeartbeatMonitor heartbeats =
      new HeartbeatMonitor(HeartbeatSender.LEASE, TICK, System.nanoTime());
  private final Map<String, ActorRef<HeartbeatSender.Command>> heartbeatSenders = new HashMap<>();
  private final String node;
  private final Traffic traffic;

  sealed interface Command
      permits SampleMessage,
          ReferenceMessage,
          LearnerMessage,
          OperatorRequest,
          PartFailed,
          Heartbeat,
          WhoWaits,
          Tick {}

  /** A part without which the run cannot go on has failed. */
  record PartFailed(String part, String reason) implements Command, WireMessage {
    @Override
    public String sender() {
      return part;
    }
  }

  /** A node lives, its actors do this, and they have received that. */
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

  /** Who waits for whom? */
  record WhoWaits(ActorRef<Watchdog.Command> replyTo) implements Command, LocalMessage {
    @Override
    public String sender() {
      return ActorNames.WATCHDOG;
    }
  }

  private record Tick() implements Command, LocalMessage {}

  private Coordinator(ActorContext<Command> context, String node, TrainingLoop.Parts parts) {
    super(context);
    this.node = node;
    this.traffic = Traffic.of(context.getSystem());
    this.run = new TrainingLoop(parts, traffic::totals, this::farewell);
    context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
  }

  /**
   * @param node host and port of the coordinator's own actor system
   */
  static Behavior<Command> create(String node, TrainingLoop.Parts parts) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  start(timers);
                  return open(context, node, parts);
                }));
  }

  /** One that cannot even begin ends the run; the cluster would wait for it for ever. */
  private static Behavior<Command> open(
      ActorContext<Command> context, String node, TrainingLoop.Parts parts) {
    try {
      return new Coordinator(context, node, parts);
    } catch (RuntimeException | LinkageError e) {
      context.getLog().error("the coordinator cannot begin", e);
      parts
          .owner()
          .tell(new Node.RunEnds(RunCompletion.failed("coordinator: " + Failure.line(e), 0)));
      return Behaviors.stopped();
    }
  }

  private static void start(TimerScheduler<Command> timers) {
    timers.startTimerWithFixedDelay(new Tick(), TICK);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(SampleMessage.RolloutReady.class, this::onRolloutReady)
        .onMessage(SampleMessage.Generated.class, this::onGenerated)
        .onMessage(SampleMessage.GenerateFailed.class, this::onGenerateFailed)
        .onMessage(SampleMessage.RewardReady.class, this::onRewardReady)
        .onMessage(SampleMessage.RowsScored.class, this::onRowsScored)
        .onMessage(SampleMessage.RewardFailed.class, this::onRewardFailed)
        .onMessage(ReferenceMessage.ScoringReady.class, this::onScoringReady)
        .onMessage(ReferenceMessage.ReferenceScored.class, this::onReferenceScored)
        .onMessage(ReferenceMessage.ReferenceSaved.class, this::onReferenceSaved)
        .onMessage(LearnerMessage.LearnerReady.class, this::onLearnerReady)
        .onMessage(LearnerMessage.Trained.class, this::onTrained)
        .onMessage(LearnerMessage.CheckpointSaved.class, this::onCheckpointSaved)
        .onMessage(PartFailed.class, this::onPartFailed)
        .onMessage(Heartbeat.class, this::onHeartbeat)
        .onMessage(OperatorRequest.Stop.class, this::onStop)
        .onMessage(OperatorRequest.Pause.class, this::onPause)
        .onMessage(OperatorRequest.Resume.class, this::onResume)
        .onMessage(OperatorRequest.SaveNow.class, this::onSaveNow)
        .onMessage(OperatorRequest.Drain.class, this::onDrain)
        .onMessage(WhoWaits.class, this::onWhoWaits)
        .onMessage(Tick.class, this::onTick)
        .onSignal(PostStop.class, this::onPostStop)
        .build();
  }

  private Behavior<Command> onRolloutReady(SampleMessage.RolloutReady ready) {
    heard(ready.worker().node());
    return guard(() -> run.rolloutReady(ready.worker(), ready.address()));
  }

  private Behavior<Command> onGenerated(SampleMessage.Generated generated) {
    return guard(() -> run.generated(generated));
  }

  private Behavior<Command> onGenerateFailed(SampleMessage.GenerateFailed failed) {
    return guard(() -> run.generateFailed(failed));
  }

  private Behavior<Command> onRewardReady(SampleMessage.RewardReady ready) {
    heard(ready.worker().node());
    return guard(() -> run.rewardReady(ready.worker(), ready.address()));
  }

  private Behavior<Command> onRowsScored(SampleMessage.RowsScored scored) {
    return guard(() -> run.rowsScored(scored));
  }

  private Behavior<Command> onRewardFailed(SampleMessage.RewardFailed failed) {
    return guard(() -> run.rewardFailed(failed));
  }

  private Behavior<Command> onScoringReady(ReferenceMessage.ScoringReady ready) {
    heard(ready.worker().node());
    return guard(() -> run.scoringReady(ready.worker(), ready.state(), ready.address()));
  }

  private Behavior<Command> onReferenceScored(ReferenceMessage.ReferenceScored scored) {
    return guard(() -> run.referenceScored(scored));
  }

  private Behavior<Command> onReferenceSaved(ReferenceMessage.ReferenceSaved saved) {
    return guard(() -> run.referenceSaved(saved.step()));
  }

  private Behavior<Command> onLearnerReady(LearnerMessage.LearnerReady ready) {
    return guard(() -> run.learnerReady(ready.weights(), ready.address()));
  }

  private Behavior<Command> onTrained(LearnerMessage.Trained trained) {
    return guard(() -> run.trained(trained));
  }

  private Behavior<Command> onCheckpointSaved(LearnerMessage.CheckpointSaved saved) {
    return guard(() -> run.checkpointSaved(saved));
  }

  private Behavior<Command> onPartFailed(PartFailed failed) {
    run.fail(failed.part() + ": " + failed.reason());
    return this;
  }

  private Behavior<Command> onHeartbeat(Heartbeat heartbeat) {
    heard(heartbeat.node());
    heartbeatSenders.put(heartbeat.node(), heartbeat.replyTo());
    run.states(heartbeat.actors(), heartbeat.links());
    heartbeat.replyTo().tell(run.heartbeatAnswer());
    return this;
  }

  private Behavior<Command> onStop(OperatorRequest.Stop stop) {
    return guard(() -> run.stop());
  }

  private Behavior<Command> onPause(OperatorRequest.Pause pause) {
    return guard(() -> run.pause());
  }

  private Behavior<Command> onResume(OperatorRequest.Resume resume) {
    return guard(() -> run.resume());
  }

  private Behavior<Command> onSaveNow(OperatorRequest.SaveNow save) {
    return guard(() -> run.saveNow());
  }

  private Behavior<Command> onDrain(OperatorRequest.Drain drain) {
    return guard(() -> run.drain(drain.worker()));
  }

  private Behavior<Command> onWhoWaits(WhoWaits question) {
    question.replyTo().tell(run.whoWaits());
    return this;
  }

  /** The coordinator's own node lives and dies with it and needs no lease. */
  private void heard(String from) {
    if (!from.equals(node)) {
      heartbeats.received(from, System.nanoTime());
    }
  }

  private Behavior<Command> onTick(Tick tick) {
    for (String lost : heartbeats.expire(System.nanoTime())) {
      heartbeatSenders.remove(lost);
      guard(() -> run.nodeLost(lost));
    }
    Map<String, Double> numbers = new HashMap<>();
    traffic.addNumbers(ActorNames.COORDINATOR, numbers);
    numbers.put("rss_mib", ProcessFigures.rssMib());
    run.show(node, numbers);
    return this;
  }

  /**
   * What cannot be done, such as writing to a full disk, ends the run with its reason. So does a
   * class that cannot be loaded: for Akka that is a reason to end the JVM, which would wait for a
   * last step that this actor can no longer take.
   */
  private Behavior<Command> guard(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | LinkageError e) {
      getContext().getLog().error("the coordinator cannot go on", e);
      run.fail("coordinator: " + Failure.line(e));
    }
    return this;
  }

  private void farewell(HeartbeatSender.RunEnded ended) {
    heartbeatSenders.values().forEach(sender -> sender.tell(ended));
  }

  private Behavior<Command> onPostStop(PostStop signal) {
    run.close();
    return this;
  }
}
