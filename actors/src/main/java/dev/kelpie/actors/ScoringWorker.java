package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.ReferenceJob;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A worker that computes the log-probabilities of responses under the reference policy. Where the
 * reference moves it receives every published version. It handles orders in the order of their
 * arrival. An order for another state than its reference's is not carried out: the next request for
 * work names the state, and the coordinator sends what is missing.
 */
public final class ScoringWorker extends AbstractBehavior<ScoringWorker.Command> {
  private final Setup setup;
  private final WorkerPool.Worker self;
  private final ActivityReporter activity;
  private int queued;

  public sealed interface Command {}

  /**
   * Score all responses of a unit.
   *
   * @param version version that the reference has to be at; -1 where it never moves
   */
  public record ScoreUnit(UnitId unit, FileTicket file, long version)
      implements Command, FromCoordinator {}

  /** A version was published. */
  public record Observe(PublishedWeights weights) implements Command, FromCoordinator {}

  /** Save what the published versions have changed, as part of the checkpoint after a step. */
  record SaveReference(long step, String folder) implements Command, FromCoordinator {}

  /**
   * Put the reference into a state.
   *
   * @param folder where the state was saved; empty for the start
   */
  public record RestoreReference(ReferenceState state, String folder)
      implements Command, FromCoordinator {}

  private record Done(Coordinator.Command answer) implements Command, LocalMessage {}

  private record Observed(PolicyVersion version) implements Command, LocalMessage {}

  private record NotReady(String what) implements Command, LocalMessage {}

  private record Failed(Throwable cause) implements Command, LocalMessage {}

  private record AskAgain() implements Command, LocalMessage {}

  /**
   * What a scoring worker needs.
   *
   * @param nativeThreads threads that scoring keeps busy
   */
  record Setup(WorkerSetup worker, ReferenceJob job, int nativeThreads) {}

  private ScoringWorker(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.self = setup.worker().newIncarnation(setup.nativeThreads());
    this.activity = setup.worker().reporter();
    askForWork();
  }

  static Behavior<Command> create(Setup setup) {
    return WorkerSetup.asking(new AskAgain(), context -> new ScoringWorker(context, setup));
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
        .onMessage(NotReady.class, this::onNotReady)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(AskAgain.class, this::onAskAgain)
        .build();
  }

  private Behavior<Command> onScoreUnit(ScoreUnit order) {
    activity.report(Activity.SCORING, "scoring " + order.unit());
    return run(
        () ->
            setup
                .job()
                .score(order.unit(), order.file(), order.version())
                .<Command>map(
                    result ->
                        new Done(
                            new ReferenceMessage.ReferenceScored(
                                self.name(),
                                order.unit(),
                                result.file(),
                                result.seconds(),
                                result.lookups())))
                .orElseGet(() -> new NotReady("scoring " + order.unit())));
  }

  private Behavior<Command> onObserve(Observe order) {
    return run(
        () -> {
          setup.job().observe(order.weights());
          return new Observed(order.weights().version());
        });
  }

  private Behavior<Command> onSaveReference(SaveReference order) {
    return run(
        () -> {
          boolean saved = setup.job().save(order.step(), Path.of(order.folder()));
          return saved
              ? new Done(new ReferenceMessage.ReferenceSaved(self.name(), order.step()))
              : new NotReady("saving the reference after step " + order.step());
        });
  }

  private Behavior<Command> onRestoreReference(RestoreReference order) {
    return run(
        () -> {
          setup.job().restore(order.state(), order.folder());
          return new Observed(new PolicyVersion(Math.max(0, order.state().version())));
        });
  }

  private Behavior<Command> run(Supplier<Command> work) {
    queued++;
    setup.worker().run(getContext(), work, Failed::new);
    return this;
  }

  private Behavior<Command> onDone(Done done) {
    queued--;
    setup.worker().tell(done.answer());
    askForWork();
    activity.waits(Waiting.Kind.WORK, "work");
    return this;
  }

  private Behavior<Command> onObserved(Observed observed) {
    queued--;
    activity.waits(Waiting.Kind.WORK, "work", observed.version());
    return this;
  }

  /** The coordinator brings the models up and repeats the order when it is next asked. */
  private Behavior<Command> onNotReady(NotReady order) {
    queued--;
    getContext().getLog().info("{} waits until the coordinator repeats it", order.what());
    activity.waits(Waiting.Kind.WEIGHTS, "weights");
    return this;
  }

  private Behavior<Command> onFailed(Failed failed) {
    queued--;
    setup.worker().tell(new Coordinator.PartFailed(self.name(), Failure.line(failed.cause())));
    activity.report(Activity.FAILED, "failed: " + Failure.line(failed.cause()));
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain ask) {
    if (queued == 0) {
      askForWork();
    }
    return this;
  }

  private void askForWork() {
    setup
        .worker()
        .tell(new ReferenceMessage.ScoringReady(self, setup.job().state(), getContext().getSelf()));
  }
}
