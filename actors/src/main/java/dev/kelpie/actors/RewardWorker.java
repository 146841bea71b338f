package dev.kelpie.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.FileExchange;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.wire.file.FileTicket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A worker that scores responses. It pulls rows of a unit's file, scores each with a timeout, and
 * answers with an outcome for each: a score, or why there is none.
 */
final class RewardWorker extends AbstractBehavior<RewardWorker.Command> {
  private final Setup setup;
  private final WorkerPool.Worker self;
  private final ActivityReporter activity;
  private boolean working;
  private volatile Optional<Waiting> lack = Optional.empty();
  private long scored;

  sealed interface Command {}

  /**
   * Score the rows {@code from} (included) to {@code to} (excluded).
   *
   * @param numbers log-probabilities of the unit's responses, where rewards need them
   * @param scales what rewards of these names are normalised by
   */
  record ScoreRows(
      UnitId unit,
      FileTicket file,
      int from,
      int to,
      Optional<FileTicket> numbers,
      Map<String, Scale> scales)
      implements Command, FromCoordinator {
    ScoreRows {
      scales = Map.copyOf(scales);
    }

    static ScoreRows of(UnitTracker.Rows rows, Map<String, Scale> scales) {
      return new ScoreRows(
          rows.unit(), rows.file(), rows.from(), rows.to(), rows.numbers(), scales);
    }
  }

  private record Done(SampleMessage.RowsScored result) implements Command, LocalMessage {}

  private record Failed(ScoreRows order, String reason, boolean exhausted)
      implements Command, LocalMessage {}

  private record AskAgain() implements Command, LocalMessage {}

  /**
   * What a reward worker needs.
   *
   * @param group what a response is worth within its group, if it is not its own score; responses
   *     of an evaluation keep theirs
   * @param scoring members of the experiment, whose responses keep the scores of the data
   * @param timeout the longest time for one response
   * @param workers reward workers of this process, which share what a reward may do together
   */
  record Setup(
      WorkerSetup worker,
      Reward reward,
      Optional<GroupScoring> group,
      Set<String> scoring,
      Duration timeout,
      int workers,
      FileExchange files) {}

  private RewardWorker(ActorContext<Command> context, Setup setup) {
    super(context);
    this.setup = setup;
    this.self = setup.worker().newIncarnation(0);
    this.activity = setup.worker().reporter();
    askForWork();
  }

  static Behavior<Command> create(Setup setup) {
    return WorkerSetup.asking(new AskAgain(), context -> new RewardWorker(context, setup));
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
    lack = Optional.empty();
    activity.report(Activity.SCORING, "scoring " + order.unit());
    setup
        .worker()
        .run(
            getContext(),
            () -> score(setup, order),
            failure -> new Failed(order, Failure.line(failure), false));
    return this;
  }

  private void lacks(Waiting.Kind kind, String what) {
    lack = Optional.of(new Waiting(kind, what, Instant.now()));
  }

  private Command score(Setup setup, ScoreRows order) {
    long start = System.nanoTime();
    List<RewardOutcome> outcomes = new ArrayList<>();
    lacks(Waiting.Kind.RESPONSES, "the responses of " + order.unit());
    try {
      Map<String, Map<SampleId, PerToken>> numbers = setup.files().numbers(order.numbers());
      List<Trajectory> rows = setup.files().trajectories(order.file(), order.from(), order.to());
      lacks(Waiting.Kind.REWARD, "the rewards of " + rows.size() + " responses of " + order.unit());
      Reward reward = setup.reward().scaled(order.scales());
      boolean given = rows.stream().noneMatch(Trajectory::generated);
      List<Trajectory> asked = new ArrayList<>();
      for (Trajectory row : rows) {
        if (!keepsScore(setup, row, given)) {
          asked.add(row);
        }
      }
      List<RewardOutcome> scored =
          Rewards.scoreAll(
              reward,
              asked,
              asked.stream().map(row -> SampleNumbers.of(numbers, row.id())).toList(),
              setup.timeout(),
              setup.workers());
      int next = 0;
      for (Trajectory row : rows) {
        outcomes.add(
            keepsScore(setup, row, given)
                ? given(row.origin().score().getAsDouble())
                : scored.get(next++));
      }
      if (setup.group().isPresent() && !order.unit().isEval()) {
        List<SampleNumbers> own =
            rows.stream().map(row -> SampleNumbers.of(numbers, row.id())).toList();
        outcomes = setup.group().get().apply(outcomes, rows, own);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while scoring " + order.unit(), e);
    }
    Optional<String> exhausted = setup.reward().exhausted();
    if (exhausted.isPresent()) {
      return new Failed(order, exhausted.get(), true);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Done(
        new SampleMessage.RowsScored(
            setup.worker().name(), order.unit(), order.from(), outcomes, seconds));
  }

  /** Whether a response has a score of the data, which it keeps. */
  private static boolean keepsScore(Setup setup, Trajectory row, boolean given) {
    return row.origin().score().isPresent()
        && (given || setup.scoring().contains(row.origin().member()));
  }

  /** A group of the data file has the scores of the file; with samples in it, the reward's. */
  private static RewardOutcome given(double score) {
    return new RewardOutcome.Scored(new Score((float) score, Map.of()));
  }

  private Behavior<Command> onDone(Done done) {
    working = false;
    scored += done.result().outcomes().size();
    setup.worker().tell(done.result());
    askForWork();
    activity.waits(Waiting.Kind.WORK, "work", Map.of("scored", (double) scored));
    return this;
  }

  /** Reports rows whose file cannot be read or that ran out of memory; asks again later. */
  private Behavior<Command> onFailed(Failed failed) {
    working = false;
    ScoreRows order = failed.order();
    getContext().getLog().warn("cannot score {}: {}", order.unit(), failed.reason());
    setup
        .worker()
        .tell(
            new SampleMessage.RewardFailed(
                setup.worker().name(),
                order.unit(),
                order.from(),
                failed.reason(),
                failed.exhausted()));
    activity.report(Activity.FAILED, "failed: " + failed.reason());
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain ask) {
    if (working) {
      lack.ifPresent(activity::lacks);
    } else {
      askForWork();
    }
    return this;
  }

  private void askForWork() {
    setup.worker().tell(new SampleMessage.RewardReady(self, getContext().getSelf()));
  }
}
