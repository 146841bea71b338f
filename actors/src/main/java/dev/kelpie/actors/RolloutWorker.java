package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.RolloutJob;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Generates. It asks the coordinator for work when it has room, does a unit on its own thread and
 * answers with the name of a file. It asks again every {@link #ASK_AGAIN} while it has nothing to
 * do, so a lost message costs a moment, not the run.
 */
public final class RolloutWorker extends AbstractBehavior<RolloutWorker.Command> {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(2);
  private static final long PROGRESS_NANOS = Duration.ofMillis(250).toNanos();

  private final WorkerPool.Worker self;
  private final RolloutJob part;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActivityReporter report;
  private final Executor thread;
  private @Nullable RolloutUnit working;
  private SampleMessage.@Nullable Generated last;
  private long tokens;
  private long units;

  sealed interface Command {}

  /** A unit of work and the weights to do it with. */
  public record Generate(RolloutUnit unit, PublishedWeights weights)
      implements Command, FromCoordinator {}

  /**
   * No work until new weights, or none any more: the memory of the weights is not needed.
   *
   * @param drained none any more
   */
  record NoWork(boolean drained) implements Command, FromCoordinator {}

  private record Progressed(int finished, int rows, long tokens) implements Command, LocalMessage {}

  private record Done(SampleMessage.Generated result) implements Command, LocalMessage {}

  private record Failed(UnitId unit, Throwable cause) implements Command, LocalMessage {}

  private record Rested(boolean drained) implements Command, LocalMessage {}

  private record AskAgain() implements Command, LocalMessage {}

  /** What a rollout worker needs. */
  record Parts(
      String name,
      String node,
      int threads,
      RolloutJob part,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<HeartbeatSender.Command> lifeline) {}

  private RolloutWorker(ActorContext<Command> context, Parts parts) {
    super(context);
    this.self =
        new WorkerPool.Worker(
            parts.name(),
            parts.node(),
            ThreadLocalRandom.current().nextLong(),
            parts.threads(),
            Runtime.getRuntime().availableProcessors());
    this.part = parts.part();
    this.coordinator = parts.coordinator();
    this.report = new ActivityReporter(parts.lifeline(), parts.name(), parts.node(), Role.ROLLOUT);
    this.thread =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("kelpie.dispatchers.rollout"));
    askForWork();
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  start(timers);
                  return new RolloutWorker(context, parts);
                }));
  }

  private static void start(TimerScheduler<Command> timers) {
    timers.startTimerWithFixedDelay(new AskAgain(), ASK_AGAIN);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Generate.class, this::onGenerate)
        .onMessage(NoWork.class, this::onNoWork)
        .onMessage(Progressed.class, this::onProgressed)
        .onMessage(Done.class, this::onDone)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(Rested.class, this::onRested)
        .onMessage(AskAgain.class, this::onAskAgain)
        .build();
  }

  private Behavior<Command> onGenerate(Generate order) {
    UnitId unit = order.unit().id();
    if (last != null && last.unit().equals(unit)) {
      coordinator.tell(last);
      askForWork();
    } else if (working == null) {
      begin(order, unit);
    }
    return this;
  }

  private void begin(Generate order, UnitId unit) {
    working = order.unit();
    report.now("generating 0 of " + order.unit().rows() + " responses", order.unit().version());
    ActorRef<Command> me = getContext().getSelf();
    long[] lastReport = {System.nanoTime()};
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(
                () ->
                    part.run(
                        order.unit(),
                        order.weights(),
                        (finished, rows, drawn) -> {
                          long now = System.nanoTime();
                          if (now - lastReport[0] >= PROGRESS_NANOS) {
                            lastReport[0] = now;
                            me.tell(new Progressed(finished, rows, drawn));
                          }
                        }),
                thread),
            (result, failure) ->
                failure == null
                    ? new Done(generated(unit, result))
                    : new Failed(unit, Failure.cause(failure)));
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
      report.now(
          "generating " + progress.finished() + " of " + progress.rows() + " responses",
          unit.version(),
          Map.of("tokens", (double) tokens + progress.tokens(), "units", (double) units));
    }
    return this;
  }

  private Behavior<Command> onDone(Done done) {
    working = null;
    last = done.result();
    tokens += done.result().tokens();
    units++;
    coordinator.tell(done.result());
    askForWork();
    report.now("waiting for work", Map.of("tokens", (double) tokens, "units", (double) units));
    return this;
  }

  private Behavior<Command> onFailed(Failed failed) {
    working = null;
    Throwable cause = failed.cause();
    String reason = cause instanceof Error ? cause.toString() : Failure.line(cause);
    // It asks again only after a pause, so that another worker gets the unit first.
    coordinator.tell(new SampleMessage.GenerateFailed(self.name(), failed.unit(), reason));
    if (cause instanceof Error broken) {
      // An Error as it is would end the JVM or stop this actor for good; wrapped it restarts it.
      throw new IllegalStateException(reason, broken);
    }
    report.now("failed: " + Failure.line(failed.cause()));
    return this;
  }

  private Behavior<Command> onNoWork(NoWork none) {
    if (working == null) {
      getContext()
          .pipeToSelf(
              CompletableFuture.runAsync(part::release, thread),
              (done, failure) -> new Rested(none.drained()));
    }
    return this;
  }

  private Behavior<Command> onRested(Rested rested) {
    if (working == null) {
      report.now(rested.drained() ? "drained" : "waiting for new weights");
    }
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain ask) {
    if (working == null) {
      askForWork();
    }
    return this;
  }

  private void askForWork() {
    coordinator.tell(new SampleMessage.RolloutReady(self, getContext().getSelf()));
  }
}
