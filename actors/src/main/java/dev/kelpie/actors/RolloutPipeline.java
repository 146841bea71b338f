package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.EvalMetrics;
import dev.kelpie.actors.plan.GroupAssembly;
import dev.kelpie.actors.plan.RolloutSchedule;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.StallReport;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.UnitId;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The way of the samples: units are issued to rollout workers, their rows go to reward actors, and
 * complete steps are there to be trained on. Decisions are left to {@link RolloutSchedule} (what
 * next), {@link GroupAssembly} (what is complete), {@link WorkerPool} (who does it) and {@link
 * RunLog} (what happened).
 */
final class RolloutPipeline {
  private static final int MOST_FAILURES = 3;

  private final RolloutUnits units;
  private final RolloutSchedule schedule;
  private final GroupAssembly assembly;
  private final RunLog log;
  private final Consumer<String> warnings;
  private final InstantSource time;
  private final WorkerPool<ActorRef<RolloutWorker.Command>, RolloutUnit> rollouts;
  private final WorkerPool<ActorRef<RewardWorker.Command>, GroupAssembly.Rows> rewards;
  private final Deque<GroupAssembly.Rows> toReward = new ArrayDeque<>();
  private final Map<UnitId, Integer> failures = new HashMap<>();
  private final Map<UnitId, Integer> rewardFailures = new HashMap<>();
  private EvalMetrics tally = new EvalMetrics();
  private boolean failureTold;

  /**
   * @param budget lets units begin
   * @param warnings told in one line of each unit that has to be issued again, and of the first
   *     reward that failed
   */
  RolloutPipeline(
      RolloutUnits units,
      RolloutSchedule schedule,
      GroupAssembly assembly,
      RunLog log,
      CoreBudget budget,
      Consumer<String> warnings,
      InstantSource time) {
    this.rollouts = new WorkerPool<>(budget);
    // Rewards have no native threads and wait for nobody's cores.
    this.rewards = new WorkerPool<>(new CoreBudget());
    this.units = units;
    this.schedule = schedule;
    this.assembly = assembly;
    this.log = log;
    this.warnings = warnings;
    this.time = time;
  }

  /** A rollout worker has room; why the run cannot go on, if so. */
  Optional<String> rolloutReady(WorkerPool.Worker worker, ActorRef<RolloutWorker.Command> address) {
    return rollouts
        .ready(worker, address, time.instant())
        .flatMap(unit -> failed(unit, worker.name() + " was restarted", "worker-lost"));
  }

  /** A reward actor has room. */
  void rewardReady(WorkerPool.Worker worker, ActorRef<RewardWorker.Command> address) {
    rewards.ready(worker, address, time.instant()).ifPresent(toReward::addFirst);
  }

  /** A unit's responses are there; false when nobody waits for them any more. */
  boolean generated(SampleMessage.Generated done) {
    rollouts.finished(done.worker(), unit -> unit.id().equals(done.unit()));
    List<GroupAssembly.Rows> rows = assembly.received(done.unit(), done.file());
    if (rows.isEmpty()) {
      return false;
    }
    assembly.find(done.unit()).ifPresent(log::received);
    toReward.addAll(rows);
    return true;
  }

  /** A unit could not be generated; why the run cannot go on, if so. */
  Optional<String> generateFailed(SampleMessage.GenerateFailed failed) {
    return rollouts
        .finished(failed.worker(), held -> held.id().equals(failed.unit()))
        .flatMap(held -> failed(held, failed.worker() + ": " + failed.reason(), "worker-failed"));
  }

  private Optional<String> failed(RolloutUnit unit, String why, String reason) {
    UnitId id = unit.id();
    int times = failures.merge(id.withAttempt(0), 1, Integer::sum);
    if (times >= MOST_FAILURES) {
      return Optional.of(id + " failed " + times + " times; " + why);
    }
    giveUp(unit, why, reason);
    return Optional.empty();
  }

  private void giveUp(RolloutUnit unit, String why, String reason) {
    if (assembly.lost(unit.id()).isPresent()) {
      log.dropped(unit, reason);
      schedule.lost(unit.id());
      warnings.accept(unit.id() + " is issued again: " + why);
    }
  }

  /** Rows have rewards; the numbers of the evaluation that they complete, if so. */
  Optional<StepMetrics> rowsScored(SampleMessage.RowsScored done) {
    rewards.finished(
        done.worker(), rows -> rows.unit().equals(done.unit()) && rows.from() == done.fromRow());
    Optional<RolloutUnit> unit = assembly.find(done.unit());
    if (unit.isEmpty() || !assembly.scored(done.unit(), done.fromRow(), done.outcomes())) {
      return Optional.empty();
    }
    log.rewarded(unit.get(), assembly.outcomes(done.unit()));
    rewardFailures.remove(done.unit().withAttempt(0));
    tellFirstFailure(unit.get());
    return done.unit().isEval() ? measured(unit.get()) : Optional.empty();
  }

  /** Rows could not be scored; why the run cannot go on, if so. */
  Optional<String> rewardFailed(SampleMessage.RewardFailed failed) {
    return rewards
        .finished(
            failed.worker(),
            rows -> rows.unit().equals(failed.unit()) && rows.from() == failed.fromRow())
        .flatMap(rows -> scoreAgain(rows, failed.worker() + ": " + failed.reason()));
  }

  private Optional<String> scoreAgain(GroupAssembly.Rows rows, String why) {
    int times = rewardFailures.merge(rows.unit().withAttempt(0), 1, Integer::sum);
    if (times >= MOST_FAILURES) {
      return Optional.of(rows.unit() + " could not be scored " + times + " times; " + why);
    }
    toReward.addLast(rows);
    warnings.accept(rows.unit() + " is scored again: " + why);
    return Optional.empty();
  }

  /** All failed rewards are counted; the first of a run is told. */
  private void tellFirstFailure(RolloutUnit unit) {
    List<RewardOutcome> outcomes = assembly.outcomes(unit.id());
    for (int row = 0; row < outcomes.size() && !failureTold; row++) {
      if (outcomes.get(row) instanceof RewardOutcome.Failed failed) {
        failureTold = true;
        warnings.accept(
            String.format(
                "no reward for a response to %s: %s; it counts as failed and is not trained on, and"
                    + " later ones are only counted",
                unit.prompt(row).id(), failed.reason()));
      }
    }
  }

  private Optional<StepMetrics> measured(RolloutUnit unit) {
    UnitId id = unit.id();
    ScoredUnit scored = assembly.take(id);
    tally.add(scored, units.isGreedy(id));
    log.consumed(unit);
    schedule.measured(id);
    delete(scored.file());
    if (schedule.evaluating()) {
      return Optional.empty();
    }
    Map<String, Double> values = tally.values();
    tally = new EvalMetrics();
    log.evaluated(id.step(), values);
    return Optional.of(new StepMetrics(id.step(), values));
  }

  private static void delete(FileTicket file) {
    try {
      Files.deleteIfExists(Path.of(file.path()));
    } catch (IOException e) {
      // What an evaluation leaves behind is only in the way; the next start overwrites it.
    }
  }

  /** A unit has its reference log-probabilities; false when nobody waits for them any more. */
  boolean referenceScored(ReferenceMessage.ReferenceScored done) {
    return assembly.referenceScored(done.unit(), done.file());
  }

  /** Weights to sample with. */
  void published(PolicyVersion version) {
    schedule.published(version, log.evaluation(version.number()).isPresent());
  }

  /**
   * Hands work to those who ask.
   *
   * @param issue whether new units may begin
   */
  void grant(PublishedWeights weights, boolean issue) {
    rollouts
        .grants(issue ? this::issueNext : Optional::empty, time.instant())
        .forEach(grant -> grant.address().tell(new RolloutWorker.Generate(grant.task(), weights)));
    rollouts.newlyIdle().forEach(worker -> worker.tell(new RolloutWorker.NoWork(false)));
    rewards
        .grants(this::nextRows, time.instant())
        .forEach(grant -> grant.address().tell(RewardWorker.ScoreRows.of(grant.task())));
  }

  /** Gives a rollout worker no more units after the one it has. */
  WorkerPool.Draining drain(String worker) {
    return rollouts.drain(worker);
  }

  /** Tells rollout workers that were drained and are now without work; their names. */
  List<String> dismissDrained() {
    List<String> names = new ArrayList<>();
    for (WorkerPool.IdleWorker<ActorRef<RolloutWorker.Command>> done : rollouts.drained()) {
      done.address().tell(new RolloutWorker.NoWork(true));
      names.add(done.worker().name());
    }
    return names;
  }

  /** Names of the rollout workers that may get work. */
  List<String> serving() {
    return rollouts.serving();
  }

  /** Whether samples are being made or scored, or wait for somebody who could score them. */
  boolean busy() {
    boolean unscored = !toReward.isEmpty() && !rewards.all().isEmpty();
    return rollouts.busy() || rewards.busy() || unscored;
  }

  private Optional<RolloutUnit> issueNext() {
    Optional<RolloutUnit> unit =
        schedule.next().map(next -> units.make(next, schedule.versionFor(next)));
    unit.ifPresent(
        made -> {
          assembly.issued(made);
          log.issued(made);
        });
    return unit;
  }

  private Optional<GroupAssembly.Rows> nextRows() {
    GroupAssembly.Rows rows = toReward.poll();
    while (rows != null && assembly.find(rows.unit()).isEmpty()) {
      rows = toReward.poll();
    }
    return Optional.ofNullable(rows);
  }

  /** A node is lost: its work goes to others. */
  void nodeLost(String node) {
    rollouts.nodeLost(node).forEach(unit -> giveUp(unit, node + " is lost", "worker-lost"));
    rewards.nodeLost(node).forEach(toReward::addFirst);
  }

  /** The units of a step, once they are complete and none is too old. */
  Optional<List<ScoredUnit>> completeStep(long step) {
    for (UnitId stale : assembly.stale(step)) {
      assembly
          .find(stale)
          .ifPresent(unit -> giveUp(unit, "it is too old for step " + step, "stale"));
    }
    return assembly.step(step, units.perStep());
  }

  /** A step's units were trained on; how many versions each lagged. */
  List<Long> consumed(long step, List<ScoredUnit> trained) {
    List<Long> lags = new ArrayList<>();
    for (ScoredUnit scored : trained) {
      RolloutUnit unit = assembly.find(scored.unit()).orElseThrow();
      log.consumed(unit);
      lags.add(step - 1 - unit.version().number());
      assembly.take(scored.unit());
      failures.remove(scored.unit().withAttempt(0));
    }
    return lags;
  }

  /** Drops what is under way and will not be needed: after {@code lastStep}, and evaluations. */
  void dropAfter(long lastStep, String reason) {
    for (UnitId id : assembly.underWay()) {
      if (id.isEval() || id.step() > lastStep) {
        assembly.lost(id).ifPresent(unit -> log.dropped(unit, reason));
      }
    }
  }

  /** What {@code who} is waiting for, unit by unit. */
  List<StallReport.Wait> waits(String who, ReferenceScoring scoring, Instant since) {
    List<StallReport.Wait> waits = new ArrayList<>();
    for (UnitId id : assembly.underWay()) {
      String holder =
          rollouts
              .holder(unit -> unit.id().equals(id))
              .or(() -> rewards.holder(rows -> rows.unit().equals(id)))
              .or(() -> scoring.holder(id))
              .map(name -> " from " + name)
              .orElse(", which nobody works on");
      waits.add(new StallReport.Wait(who, id + ": " + assembly.missing(id) + holder, since));
    }
    if (waits.isEmpty()) {
      waits.add(new StallReport.Wait(who, "a rollout worker to ask for work", since));
    }
    return waits;
  }
}
