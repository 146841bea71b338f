package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.kelpie.actors.plan.GroupAssembly;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.FileExchange;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.wire.file.FileTicket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One of the pool that scores responses. It pulls rows of a unit's file, scores each with a
 * timeout, and answers with an outcome for each: a score, or why there is none.
 */
final class RewardWorker extends AbstractBehavior<RewardWorker.Command> {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(2);

  private final Parts parts;
  private final WorkerPool.Worker self;
  private final ActivityReporter report;
  private final Executor threads;
  private boolean working;
  private long scored;

  sealed interface Command {}

  /** Score the rows {@code from} (included) to {@code to} (excluded). */
  record ScoreRows(UnitId unit, FileTicket file, int from, int to)
      implements Command, FromCoordinator {
    static ScoreRows of(GroupAssembly.Rows rows) {
      return new ScoreRows(rows.unit(), rows.file(), rows.from(), rows.to());
    }
  }

  private record Done(SampleMessage.RowsScored result) implements Command, LocalMessage {}

  private record Failed(ScoreRows order, String reason) implements Command, LocalMessage {}

  private record AskAgain() implements Command, LocalMessage {}

  /** What a reward actor needs. */
  record Parts(
      String name,
      String node,
      Reward reward,
      Duration timeout,
      FileExchange bulk,
      ActorRef<Coordinator.Command> coordinator,
      ActorRef<HeartbeatSender.Command> lifeline) {}

  private RewardWorker(ActorContext<Command> context, Parts parts) {
    super(context);
    this.parts = parts;
    this.self =
        new WorkerPool.Worker(
            parts.name(), parts.node(), ThreadLocalRandom.current().nextLong(), 0, 1);
    this.report = new ActivityReporter(parts.lifeline(), parts.name(), parts.node(), Role.REWARD);
    this.threads =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("kelpie.dispatchers.reward"));
    askForWork();
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  start(timers);
                  return new RewardWorker(context, parts);
                }));
  }

  private static void start(TimerScheduler<Command> timers) {
    timers.startTimerWithFixedDelay(new AskAgain(), ASK_AGAIN);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(ScoreRows.class, this::onScoreRows)
        .onMessage(Done.class, this::onDone)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(AskAgain.class, this::onAskAgain)
        .build();
  }

  private Behavior<Command> onScoreRows(ScoreRows order) {
    if (working) {
      return this;
    }
    working = true;
    report.now("scoring " + order.unit());
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(() -> score(parts, order), threads),
            (result, failure) ->
                failure == null ? new Done(result) : new Failed(order, Failure.line(failure)));
    return this;
  }

  private static SampleMessage.RowsScored score(Parts parts, ScoreRows order) {
    long start = System.nanoTime();
    List<RewardOutcome> outcomes = new ArrayList<>();
    try {
      for (Trajectory trajectory :
          parts.bulk().trajectories(order.file(), order.from(), order.to())) {
        outcomes.add(Rewards.score(parts.reward(), trajectory, parts.timeout()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while scoring " + order.unit(), e);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new SampleMessage.RowsScored(
        parts.name(), order.unit(), order.from(), outcomes, seconds);
  }

  private Behavior<Command> onDone(Done done) {
    working = false;
    scored += done.result().outcomes().size();
    parts.coordinator().tell(done.result());
    askForWork();
    report.now("waiting for work", Map.of("scored", (double) scored));
    return this;
  }

  /** The file cannot be read, or there is no memory. It asks again after a moment. */
  private Behavior<Command> onFailed(Failed failed) {
    working = false;
    ScoreRows order = failed.order();
    getContext().getLog().warn("cannot score {}: {}", order.unit(), failed.reason());
    parts
        .coordinator()
        .tell(
            new SampleMessage.RewardFailed(
                parts.name(), order.unit(), order.from(), failed.reason()));
    report.now("failed: " + failed.reason());
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain ask) {
    if (!working) {
      askForWork();
    }
    return this;
  }

  private void askForWork() {
    parts.coordinator().tell(new SampleMessage.RewardReady(self, getContext().getSelf()));
  }
}
