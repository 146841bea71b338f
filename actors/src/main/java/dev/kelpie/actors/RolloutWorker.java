package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.UnitAtHand;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.RolloutJob;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.UnitId;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A worker that generates responses. It asks the coordinator for work when it has room, does a unit
 * on its own thread and answers with the name of a file. It asks again while it has nothing to do,
 * so a lost message costs a moment, not the run.
 */
public final class RolloutWorker extends AbstractBehavior<RolloutWorker.Command> {
  private static final long PROGRESS_NANOS = Duration.ofMillis(250).toNanos();

  private final Setup setup;
  private final WorkerPool.Worker self;
  private final ActivityReporter activity;
  private final UnitAtHand<SampleMessage.Generated> hand = new UnitAtHand<>();
  private @Nullable RolloutUnit working;
  private long tokens;
  private long units;

  sealed interface Command {}

  /**
   * A unit of work and the weights to do it with.
   *
   * @param earlier versions before the policy's that members of the unit sample with
   */
  public record Generate(RolloutUnit unit, PublishedWeights weights, List<PublishedWeights> earlier)
      implements Command, FromCoordinator {
    public Generate {
      earlier = List.copyOf(earlier);
    }

    /** A unit that is sampled by the policy alone. */
    public Generate(RolloutUnit unit, PublishedWeights weights) {
      this(unit, weights, List.of());
    }
  }

  /**
   * No work until new weights are published, or none at all: release the memory of the weights.
   *
   * @param drained no work at all, because the worker is drained
   */
  record NoWork(boolean drained) implements Command, FromCoordinator {}

  private record Progressed(int finished, int rows, long tokens) implements Command, LocalMessage {}

  private record Done(SampleMessage.Generated result) implements Command, LocalMessage {}

  private record Failed(UnitId unit, Throwable cause) implements Command, LocalMessage {}

  private record Released(boolean drained) implements Command, LocalMessage {}

  private record AskAgain() implements Command, LocalMessage {}

  /**
   * What a rollout worker needs.
   *
   * @param nativeThreads threads that generating keeps busy
   */
  record Setup(WorkerSetup worker, RolloutJob job, int nativeThreads) {}

  private RolloutWorker(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.self = setup.worker().newIncarnation(setup.nativeThreads());
    this.activity = setup.worker().reporter();
    askForWork();
  }

  static Behavior<Command> create(Setup setup) {
    return WorkerSetup.asking(new AskAgain(), context -> new RolloutWorker(context, setup));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Generate.class, this::onGenerate)
        .onMessage(NoWork.class, this::onNoWork)
        .onMessage(Progressed.class, this::onProgressed)
        .onMessage(Done.class, this::onDone)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(Released.class, this::onReleased)
        .onMessage(AskAgain.class, this::onAskAgain)
        .build();
  }

  private Behavior<Command> onGenerate(Generate order) {
    UnitId unit = order.unit().id();
    UnitAtHand.Next next = hand.order(unit);
    if (next == UnitAtHand.Next.REPEAT) {
      setup.worker().tell(hand.lastAnswer());
      askForWork();
    } else if (next == UnitAtHand.Next.BEGIN) {
      begin(order, unit);
    }
    return this;
  }

  private void begin(Generate order, UnitId unit) {
    working = order.unit();
    activity.report(
        Activity.GENERATING,
        "generating 0 of " + order.unit().rows() + " responses",
        order.unit().version());
    ActorRef<Command> me = getContext().getSelf();
    long[] lastReport = {System.nanoTime()};
    RolloutEngine.Progress progress =
        (finished, rows, drawn) -> {
          long now = System.nanoTime();
          if (now - lastReport[0] >= PROGRESS_NANOS) {
            lastReport[0] = now;
            me.tell(new Progressed(finished, rows, drawn));
          }
        };
    RolloutJob job = setup.job();
    setup
        .worker()
        .run(
            getContext(),
            () ->
                new Done(
                    generated(
                        unit, job.run(order.unit(), order.weights(), order.earlier(), progress))),
            failure -> new Failed(unit, failure));
  }

  private SampleMessage.Generated generated(UnitId unit, RolloutJob.Result result) {
    return new SampleMessage.Generated(
        self.name(),
        unit,
        result.file(),
        result.tokens(),
        result.loadSeconds(),
        result.generateSeconds(),
        result.writeSeconds());
  }

  private Behavior<Command> onProgressed(Progressed progress) {
    RolloutUnit unit = working;
    if (unit != null) {
      activity.report(
          Activity.GENERATING,
          "generating " + progress.finished() + " of " + progress.rows() + " responses",
          unit.version(),
          Map.of("tokens", (double) tokens + progress.tokens(), "units", (double) units));
    }
    return this;
  }

  private Behavior<Command> onDone(Done done) {
    working = null;
    hand.done(done.result().unit(), done.result());
    tokens += done.result().tokens();
    units++;
    setup.worker().tell(done.result());
    askForWork();
    activity.waits(
        Waiting.Kind.WORK, "work", Map.of("tokens", (double) tokens, "units", (double) units));
    return this;
  }

  private Behavior<Command> onFailed(Failed failed) {
    working = null;
    hand.failed();
    Throwable cause = failed.cause();
    String reason = cause instanceof Error ? cause.toString() : Failure.line(cause);
    // It asks again only after a pause, so that another worker gets the unit first.
    setup.worker().tell(new SampleMessage.GenerateFailed(self.name(), failed.unit(), reason));
    if (cause instanceof Error broken) {
      // A bare Error would end the JVM or stop this actor for good; wrapped, it restarts the actor.
      throw new IllegalStateException(reason, broken);
    }
    activity.report(Activity.FAILED, "failed: " + Failure.line(cause));
    return this;
  }

  private Behavior<Command> onNoWork(NoWork none) {
    if (hand.isFree()) {
      setup
          .worker()
          .run(
              getContext(),
              () -> {
                setup.job().release();
                return new Released(none.drained());
              },
              failure -> new Released(none.drained()));
    }
    return this;
  }

  private Behavior<Command> onReleased(Released released) {
    if (hand.isFree()) {
      if (released.drained()) {
        activity.report(Activity.DRAINED, "drained");
      } else {
        activity.waits(Waiting.Kind.WORK, "new weights");
      }
    }
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain ask) {
    if (hand.isFree()) {
      askForWork();
    } else {
      setup.job().lacks().ifPresent(activity::lacks);
    }
    return this;
  }

  private void askForWork() {
    setup.worker().tell(new SampleMessage.RolloutReady(self, getContext().getSelf()));
  }
}
