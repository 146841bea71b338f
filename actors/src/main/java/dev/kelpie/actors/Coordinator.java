package dev.kelpie.actors;

import dev.kelpie.experience.RewardOutcome;
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
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
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
  private static final Duration LOOK = Duration.ofMillis(500);

  private final TrainingLoop run;
  private final HeartbeatMonitor leases =
      new HeartbeatMonitor(HeartbeatSender.LEASE, LOOK, System.nanoTime());
  private final Map<String, ActorRef<HeartbeatSender.Command>> lifelines = new HashMap<>();
  private final String node;
  private final Traffic traffic;

  sealed interface Command {}

  /** A rollout worker has room. */
  record RolloutReady(WorkerPool.Worker worker, ActorRef<RolloutWorker.Command> address)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker.name();
    }
  }

  /** A unit's responses lie in a file. */
  public record Generated(
      String worker,
      UnitId unit,
      FileTicket file,
      long tokens,
      double loadSeconds,
      double generateSeconds,
      double writeSeconds)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker;
    }
  }

  /** A unit could not be generated. */
  public record GenerateFailed(String worker, UnitId unit, String reason)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker;
    }
  }

  /** A reward actor has room. */
  record RewardReady(WorkerPool.Worker worker, ActorRef<RewardWorker.Command> address)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker.name();
    }
  }

  /** Rows of a unit from {@code fromRow} on have an outcome each. */
  public record RowsScored(
      String worker, UnitId unit, int fromRow, List<RewardOutcome> outcomes, double seconds)
      implements Command, WireMessage {
    public RowsScored {
      outcomes = List.copyOf(outcomes);
    }

    @Override
    public String sender() {
      return worker;
    }
  }

  /** Rows of a unit from {@code fromRow} on could not be scored. */
  record RewardFailed(String worker, UnitId unit, int fromRow, String reason)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker;
    }
  }

  /** A scoring worker has room; where its reference stands. */
  record ScoringReady(
      WorkerPool.Worker worker, ReferenceState state, ActorRef<ScoringWorker.Command> address)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker.name();
    }
  }

  /** A unit's reference log-probabilities lie in a file. */
  public record ReferenceScored(String worker, UnitId unit, FileTicket file, double seconds)
      implements Command, WireMessage {
    @Override
    public String sender() {
      return worker;
    }
  }

  /** The reference's part of a checkpoint is saved. */
  record ReferenceSaved(String worker, long step) implements Command, WireMessage {
    @Override
    public String sender() {
      return worker;
    }
  }

  /** The learner can take a step; the weights it starts from. */
  record LearnerReady(PublishedWeights weights, ActorRef<LearnerWorker.Command> address)
      implements Command, FromLearner {}

  /** A step was trained and its weights are published. */
  public record Trained(
      StepMetrics metrics,
      PublishedWeights weights,
      double readSeconds,
      double trainSeconds,
      double publishSeconds)
      implements Command, FromLearner {}

  /** A checkpoint is complete; none before {@code oldestKept} is left. */
  public record CheckpointSaved(long step, long oldestKept, double seconds)
      implements Command, FromLearner {}

  /** A part without which the run cannot go on has failed. */
  record PartFailed(String part, String reason) implements Command, WireMessage {
    @Override
    public String sender() {
      return part;
    }
  }

  /** A node lives, its actors do this, and they have received that. */
  record Beat(
      String node,
      List<ActorState> actors,
      List<Link> links,
      ActorRef<HeartbeatSender.Command> replyTo)
      implements Command, WireMessage {
    Beat {
      actors = List.copyOf(actors);
      links = List.copyOf(links);
    }

    @Override
    public String sender() {
      return ActorNames.of(ActorNames.LIFELINE, node);
    }
  }

  /** Finish the step at hand, save a checkpoint, end. */
  public record Stop() implements Command, WireMessage {}

  /** Hand out no more work for now. */
  record Pause() implements Command, WireMessage {}

  /** Go on after {@link Pause}. */
  record Resume() implements Command, WireMessage {}

  /** Save a checkpoint as soon as no step is being trained. */
  record SaveNow() implements Command, WireMessage {}

  /** Give a rollout worker no more work. */
  record Drain(String worker) implements Command, WireMessage {}

  /** Who waits for whom? */
  record WhoWaits(ActorRef<Watchdog.Command> replyTo) implements Command, LocalMessage {
    @Override
    public String sender() {
      return ActorNames.WATCHDOG;
    }
  }

  private record Look() implements Command, LocalMessage {}

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
    timers.startTimerWithFixedDelay(new Look(), LOOK);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(RolloutReady.class, this::onRolloutReady)
        .onMessage(Generated.class, this::onGenerated)
        .onMessage(GenerateFailed.class, this::onGenerateFailed)
        .onMessage(RewardReady.class, this::onRewardReady)
        .onMessage(RowsScored.class, this::onRowsScored)
        .onMessage(RewardFailed.class, this::onRewardFailed)
        .onMessage(ScoringReady.class, this::onScoringReady)
        .onMessage(ReferenceScored.class, this::onReferenceScored)
        .onMessage(ReferenceSaved.class, this::onReferenceSaved)
        .onMessage(LearnerReady.class, this::onLearnerReady)
        .onMessage(Trained.class, this::onTrained)
        .onMessage(CheckpointSaved.class, this::onCheckpointSaved)
        .onMessage(PartFailed.class, this::onPartFailed)
        .onMessage(Beat.class, this::onBeat)
        .onMessage(Stop.class, this::onStop)
        .onMessage(Pause.class, this::onPause)
        .onMessage(Resume.class, this::onResume)
        .onMessage(SaveNow.class, this::onSaveNow)
        .onMessage(Drain.class, this::onDrain)
        .onMessage(WhoWaits.class, this::onWhoWaits)
        .onMessage(Look.class, this::onLook)
        .onSignal(PostStop.class, this::onPostStop)
        .build();
  }

  private Behavior<Command> onRolloutReady(RolloutReady ready) {
    heard(ready.worker().node());
    return guard(() -> run.rolloutReady(ready.worker(), ready.address()));
  }

  private Behavior<Command> onGenerated(Generated generated) {
    return guard(() -> run.generated(generated));
  }

  private Behavior<Command> onGenerateFailed(GenerateFailed failed) {
    return guard(() -> run.generateFailed(failed));
  }

  private Behavior<Command> onRewardReady(RewardReady ready) {
    heard(ready.worker().node());
    return guard(() -> run.rewardReady(ready.worker(), ready.address()));
  }

  private Behavior<Command> onRowsScored(RowsScored scored) {
    return guard(() -> run.rowsScored(scored));
  }

  private Behavior<Command> onRewardFailed(RewardFailed failed) {
    return guard(() -> run.rewardFailed(failed));
  }

  private Behavior<Command> onScoringReady(ScoringReady ready) {
    heard(ready.worker().node());
    return guard(() -> run.scoringReady(ready.worker(), ready.state(), ready.address()));
  }

  private Behavior<Command> onReferenceScored(ReferenceScored scored) {
    return guard(() -> run.referenceScored(scored));
  }

  private Behavior<Command> onReferenceSaved(ReferenceSaved saved) {
    return guard(() -> run.referenceSaved(saved.step()));
  }

  private Behavior<Command> onLearnerReady(LearnerReady ready) {
    return guard(() -> run.learnerReady(ready.weights(), ready.address()));
  }

  private Behavior<Command> onTrained(Trained trained) {
    return guard(() -> run.trained(trained));
  }

  private Behavior<Command> onCheckpointSaved(CheckpointSaved saved) {
    return guard(() -> run.checkpointSaved(saved));
  }

  private Behavior<Command> onPartFailed(PartFailed failed) {
    run.fail(failed.part() + ": " + failed.reason());
    return this;
  }

  private Behavior<Command> onBeat(Beat beat) {
    heard(beat.node());
    lifelines.put(beat.node(), beat.replyTo());
    run.states(beat.actors(), beat.links());
    beat.replyTo().tell(run.answerToBeat());
    return this;
  }

  private Behavior<Command> onStop(Stop stop) {
    return guard(() -> run.stop());
  }

  private Behavior<Command> onPause(Pause pause) {
    return guard(() -> run.pause());
  }

  private Behavior<Command> onResume(Resume resume) {
    return guard(() -> run.resume());
  }

  private Behavior<Command> onSaveNow(SaveNow save) {
    return guard(() -> run.saveNow());
  }

  private Behavior<Command> onDrain(Drain drain) {
    return guard(() -> run.drain(drain.worker()));
  }

  private Behavior<Command> onWhoWaits(WhoWaits question) {
    question.replyTo().tell(run.whoWaits());
    return this;
  }

  /** The coordinator's own node lives and dies with it and needs no lease. */
  private void heard(String from) {
    if (!from.equals(node)) {
      leases.heard(from, System.nanoTime());
    }
  }

  private Behavior<Command> onLook(Look look) {
    for (String lost : leases.expire(System.nanoTime())) {
      lifelines.remove(lost);
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
    lifelines.values().forEach(lifeline -> lifeline.tell(ended));
  }

  private Behavior<Command> onPostStop(PostStop signal) {
    run.close();
    return this;
  }
}
