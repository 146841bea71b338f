package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.ReferenceJob;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Computes the log-probabilities of responses under the reference policy. It is told of every
 * published version where the reference moves; what it is asked is done in the order in which it
 * came. What does not fit to where its reference stands is not done: it says where that is when it
 * next asks for work, and is brought up.
 */
public final class ScoringWorker extends AbstractBehavior<ScoringWorker.Command> {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(2);

  private final Parts parts;
  private final WorkerPool.Worker self;
  private final ActivityReporter report;
  private final Executor thread;
  private int queued;

  public sealed interface Command {}

  /**
   * Score all responses of a unit.
   *
   * @param version where the reference has to stand; -1 where it never moves
   */
  public record ScoreUnit(UnitId unit, FileTicket file, long version)
      implements Command, FromCoordinator {}

  /** A version was published. */
  public record Observe(PublishedWeights weights) implements Command, FromCoordinator {}

  /** Save what the published versions have changed, as part of the checkpoint after a step. */
  record SaveReference(long step, String folder) implements Command, FromCoordinator {}

  /**
   * Go to a state.
   *
   * @param folder where it was saved; empty: the start
   */
  public record RestoreReference(ReferenceState state, String folder)
      implements Command, FromCoordinator {}

  private record Done(Coordinator.Command answer) implements Command, LocalMessage {}

  private record Observed(PolicyVersion version) implements Command, LocalMessage {}

  private record Undone(String what) implements Command, LocalMessage {}

  private record Failed(Throwable cause) implements Command, LocalMessage {}

  private record AskAgain() implements Command, LocalMessage {}

  /** What a scoring worker needs. */
  record Parts(
      String name,
      String node,
      int threads,
      ReferenceJob part,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<HeartbeatSender.Command> lifeline) {}

  private ScoringWorker(ActorContext<Command> context, Parts parts) {
    super(context);
    this.parts = parts;
    this.self =
        new WorkerPool.Worker(
            parts.name(),
            parts.node(),
            ThreadLocalRandom.current().nextLong(),
            parts.threads(),
            Runtime.getRuntime().availableProcessors());
    this.report = new ActivityReporter(parts.lifeline(), parts.name(), parts.node(), Role.SCORING);
    this.thread =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("kelpie.dispatchers.scoring"));
    askForWork();
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  start(timers);
                  return new ScoringWorker(context, parts);
                }));
  }

  private static void start(TimerScheduler<Command> timers) {
    timers.startTimerWithFixedDelay(new AskAgain(), ASK_AGAIN);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ScoreUnit.class, this::onScoreUnit)
        .onMessage(Observe.class, this::onObserve)
        .onMessage(SaveReference.class, this::onSaveReference)
        .onMessage(RestoreReference.class, this::onRestoreReference)
        .onMessage(Done.class, this::onDone)
        .onMessage(Observed.class, this::onObserved)
        .onMessage(Undone.class, this::onUndone)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(AskAgain.class, this::onAskAgain)
        .build();
  }

  private Behavior<Command> onScoreUnit(ScoreUnit order) {
    report.now("scoring " + order.unit());
    return run(
        () ->
            parts
                .part()
                .score(order.unit(), order.file(), order.version())
                .<Command>map(
                    result ->
                        new Done(
                            new ReferenceMessage.ReferenceScored(
                                self.name(), order.unit(), result.file(), result.seconds())))
                .orElseGet(() -> new Undone("scoring " + order.unit())));
  }

  private Behavior<Command> onObserve(Observe order) {
    return run(
        () -> {
          parts.part().observe(order.weights());
          return new Observed(order.weights().version());
        });
  }

  private Behavior<Command> onSaveReference(SaveReference order) {
    return run(
        () -> {
          boolean saved = parts.part().save(order.step(), Path.of(order.folder()));
          return saved
              ? new Done(new ReferenceMessage.ReferenceSaved(self.name(), order.step()))
              : new Undone("saving the reference after step " + order.step());
        });
  }

  private Behavior<Command> onRestoreReference(RestoreReference order) {
    return run(
        () -> {
          parts.part().restore(order.state(), order.folder());
          return new Observed(new PolicyVersion(Math.max(0, order.state().version())));
        });
  }

  private Behavior<Command> run(Supplier<Command> work) {
    queued++;
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(work, thread),
            (result, failure) -> failure == null ? result : new Failed(Failure.cause(failure)));
    return this;
  }

  private Behavior<Command> onDone(Done done) {
    queued--;
    parts.coordinator().tell(done.answer());
    askForWork();
    report.now("waiting for work");
    return this;
  }

  private Behavior<Command> onObserved(Observed observed) {
    queued--;
    report.now("waiting for work", observed.version());
    return this;
  }

  /** The coordinator brings the reference up, and repeats this, when it is next asked for work. */
  private Behavior<Command> onUndone(Undone undone) {
    queued--;
    getContext().getLog().info("{} waits until the reference is brought up", undone.what());
    report.now("waiting for weights");
    return this;
  }

  private Behavior<Command> onFailed(Failed failed) {
    queued--;
    parts.coordinator().tell(new Coordinator.PartFailed(self.name(), Failure.line(failed.cause())));
    report.now("failed: " + Failure.line(failed.cause()));
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain ask) {
    if (queued == 0) {
      askForWork();
    }
    return this;
  }

  private void askForWork() {
    parts
        .coordinator()
        .tell(
            new ReferenceMessage.ScoringReady(self, parts.part().state(), getContext().getSelf()));
  }
}
