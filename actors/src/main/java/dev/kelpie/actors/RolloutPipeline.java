package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CannotContinue;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.EvalMetrics;
import dev.kelpie.actors.plan.PoolTasks;
import dev.kelpie.actors.plan.RolloutSchedule;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The coordinator's part that makes samples: it issues units to rollout workers and their rows to
 * reward workers, and measures evaluations. {@link RolloutSchedule} decides what comes next, {@link
 * UnitTracker} what is complete, {@link WorkerPool} which worker does it.
 */
final class RolloutPipeline {
  private final RolloutUnits units;
  private final RolloutSchedule schedule;
  private final UnitTracker tracker;
  private final RunLog log;
  private final StepMetricsCollector numbers;
  private final RunReporter reporter;
  private final InstantSource time;
  private final WorkerPool<ActorRef<RolloutWorker.Command>, RolloutUnit> rollouts;
  private final WorkerPool<ActorRef<RewardWorker.Command>, UnitTracker.Rows> rewards;
  private final TreeMap<PolicyVersion, PublishedWeights> versions = new TreeMap<>();
  private EvalMetrics tally = new EvalMetrics();
  private final Map<UnitId, SampleMessage.Generated> made = new HashMap<>();
  private Optional<String> exhausted = Optional.empty();

  /**
   * @param budget lets units begin
   */
  RolloutPipeline(
      RolloutUnits units,
      RolloutSchedule schedule,
      UnitTracker tracker,
      RunLog log,
      CoreBudget budget,
      StepMetricsCollector numbers,
      RunReporter reporter,
      InstantSource time) {
    this.rollouts = new WorkerPool<>(budget);
    // Rewards have no native threads and wait for nobody's cores.
    this.rewards = new WorkerPool<>(new CoreBudget());
    this.units = units;
    this.schedule = schedule;
    this.tracker = tracker;
    this.log = log;
    this.numbers = numbers;
    this.reporter = reporter;
    this.time = time;
  }

  void handle(SampleMessage message) {
    if (message instanceof SampleMessage.RolloutReady ready) {
      rolloutReady(ready);
    } else if (message instanceof SampleMessage.Generated done) {
      generated(done);
    } else if (message instanceof SampleMessage.GenerateFailed failed) {
      generateFailed(failed);
    } else if (message instanceof SampleMessage.RewardReady ready) {
      rewardReady(ready);
    } else if (message instanceof SampleMessage.RowsScored done) {
      rowsScored(done);
    } else {
      rewardFailed((SampleMessage.RewardFailed) message);
    }
  }

  private void rolloutReady(SampleMessage.RolloutReady ready) {
    String why = ready.worker().name() + " was restarted";
    numbers.disturbances().present(ready.worker().name());
    rollouts
        .ready(ready.worker(), ready.address(), time.instant())
        .ifPresent(
            unit -> {
              numbers.disturbances().happened();
              tracker.failed(unit.id(), why, "worker-lost");
            });
  }

  private void generated(SampleMessage.Generated done) {
    rollouts.finished(done.worker(), unit -> unit.id().equals(done.unit()));
    if (tracker.received(done.unit(), done.file())) {
      reporter.markProgress();
      made.keySet().retainAll(tracker.underWay());
      made.put(done.unit(), done);
      reporter.took(done.unit().isEval() ? Work.EVALUATE : Work.GENERATE, done.seconds());
      reporter.took(Work.LOAD, done.loadSeconds());
      numbers.generated(
          done.unit(),
          done.tokens(),
          done.loadSeconds(),
          done.generateSeconds(),
          done.writeSeconds());
    }
  }

  private void generateFailed(SampleMessage.GenerateFailed failed) {
    String why = failed.worker() + ": " + failed.reason();
    numbers.disturbances().happened();
    rollouts
        .finished(failed.worker(), unit -> unit.id().equals(failed.unit()))
        .ifPresent(unit -> tracker.failed(unit.id(), why, "worker-failed"));
  }

  private void rewardReady(SampleMessage.RewardReady ready) {
    rewards.ready(ready.worker(), ready.address(), time.instant()).ifPresent(tracker::returned);
  }

  private void rowsScored(SampleMessage.RowsScored done) {
    reporter.markProgress();
    reporter.took(Work.REWARD, done.seconds());
    numbers.scored(done.unit(), done.seconds());
    finished(done.worker(), done.unit(), done.fromRow());
    boolean last = tracker.rewarded(done.unit(), done.fromRow(), done.outcomes());
    if (last && done.unit().isEval()) {
      measure(done.unit());
    }
  }

  private void rewardFailed(SampleMessage.RewardFailed failed) {
    String why = failed.worker() + ": " + failed.reason();
    Optional<UnitTracker.Rows> rows = finished(failed.worker(), failed.unit(), failed.fromRow());
    if (failed.exhausted()) {
      // They are scored when the run is resumed.
      rows.ifPresent(tracker::returned);
      exhausted = exhausted.or(() -> Optional.of(failed.reason()));
    } else {
      rows.ifPresent(left -> tracker.rewardFailed(left, why));
    }
  }

  /** Why no further rows can be scored in this run; empty while they can. */
  Optional<String> exhausted() {
    return exhausted;
  }

  private Optional<UnitTracker.Rows> finished(String worker, UnitId unit, int fromRow) {
    return rewards.finished(worker, rows -> rows.unit().equals(unit) && rows.from() == fromRow);
  }

  private void measure(UnitId id) {
    ScoredUnit scored = tracker.consumed(id);
    tally.add(scored, units.isGreedy(id));
    schedule.measured();
    delete(scored.file());
    scored.numbers().ifPresent(RolloutPipeline::delete);
    if (!schedule.evaluating()) {
      Map<String, Double> values = tally.values();
      tally = new EvalMetrics();
      log.evaluated(id.step(), values);
      reporter.numbers(new StepMetrics(id.step(), values));
    }
  }

  private static void delete(FileTicket file) {
    try {
      Files.deleteIfExists(Path.of(file.path()));
    } catch (IOException e) {
      // What an evaluation leaves behind is only in the way; the next start overwrites it.
    }
  }

  /** Versions before the first weights, with which members may sample. */
  void known(List<PublishedWeights> earlier) {
    earlier.forEach(weights -> versions.put(weights.version(), weights));
  }

  /** Weights to sample with. */
  void published(PublishedWeights weights, int kept) {
    PolicyVersion version = weights.version();
    versions.tailMap(version, true).clear();
    versions.put(version, weights);
    while (versions.size() > kept) {
      versions.pollFirstEntry();
    }
    schedule.published(version, log.evaluation(version.number()).isPresent());
  }

  /**
   * Hands work to workers that have room.
   *
   * @param weights the current ones and those that the iteration began with; may be the same
   * @param issue whether new units may begin
   */
  void grant(List<PublishedWeights> weights, boolean issue) {
    rollouts
        .grants(issue ? this::issueNext : Optional::empty, time.instant())
        .forEach(grant -> send(grant, weights));
    rollouts.newlyIdle().forEach(worker -> worker.tell(new RolloutWorker.NoWork(false)));
    rewards
        .grants(() -> exhausted.isPresent() ? Optional.empty() : tracker.nextRows(), time.instant())
        .forEach(
            grant ->
                grant
                    .address()
                    .tell(
                        RewardWorker.ScoreRows.of(
                            grant.task(), tracker.scales(grant.task().unit()))));
    for (var done : rollouts.drained(this::isFree)) {
      done.address().tell(new RolloutWorker.NoWork(true));
      reporter.info(done.worker().name() + " drained");
    }
  }

  /** Whether nobody will ask a worker for a file: its units are complete, and lie here, or used. */
  private boolean isFree(String worker) {
    made.keySet().retainAll(tracker.underWay());
    return made.values().stream()
        .filter(unit -> unit.worker().equals(worker))
        .allMatch(
            unit ->
                tracker.missing(unit.unit()).isEmpty()
                    && Files.isRegularFile(Path.of(unit.file().path())));
  }

  /**
   * Sends a worker its unit. One that is repeated after further versions were published, because
   * its order or its answer was lost, is issued anew where its weights are kept no more.
   */
  private void send(
      WorkerPool.Grant<ActorRef<RolloutWorker.Command>, RolloutUnit> grant,
      List<PublishedWeights> weights) {
    RolloutUnit unit = grant.task();
    Optional<PublishedWeights> own =
        Stream.concat(weights.stream(), versions.values().stream())
            .filter(one -> one.version().equals(unit.version()))
            .findFirst();
    if (own.isPresent()) {
      grant.address().tell(new RolloutWorker.Generate(unit, own.get(), earlier(unit)));
    } else {
      rollouts.finished(grant.worker().name(), unit::equals);
      tracker.giveUp(unit.id(), "the weights of " + unit.version() + " are gone", "stale");
    }
  }

  /** The published versions that members of a unit sample with. */
  private List<PublishedWeights> earlier(RolloutUnit unit) {
    return unit.members().stream()
        .flatMap(member -> member.version().stream())
        .distinct()
        .map(
            version ->
                Optional.ofNullable(versions.get(version))
                    .orElseThrow(
                        () ->
                            new CannotContinue(
                                unit.id()
                                    + ": no weights of "
                                    + version
                                    + " (expected: those that a member samples with)")))
        .toList();
  }

  private Optional<RolloutUnit> issueNext() {
    Optional<RolloutUnit> unit =
        tracker
            .nextRetry()
            .or(
                () ->
                    units
                        .refills()
                        .next()
                        .map(next -> next.withAttempt(log.nextAttempt(units.firstGroup(next)))))
            .or(() -> schedule.next(rollouts.serving().size()))
            .map(next -> units.make(next, schedule.versionFor(next)));
    unit.ifPresent(tracker::issued);
    return unit;
  }

  /**
   * The units of a step with its refills, once all are complete; none for a step that is trained on
   * the samples of another.
   */
  Optional<List<ScoredUnit>> complete(long step) {
    if (!schedule.samples(step)) {
      return Optional.of(List.of());
    }
    return tracker.complete(step, units.split().units(step) + units.refills().units(step));
  }

  /** Has further prompts sampled for the next step where its groups do not suffice. */
  void refill() {
    Optional<Long> step = units.refills().enabled() ? schedule.trainable() : Optional.empty();
    step = step.filter(schedule::samples);
    if (step.isPresent() && complete(step.get()).isPresent()) {
      int own = units.split().units(step.get());
      units.refills().plan(step.get(), own, tracker.groups(step.get()));
    }
  }

  /** The refills of a step that is trained, by the names of their numbers. */
  Map<String, Double> refilled(long step) {
    return units.refills().take(step);
  }

  /** Gives a rollout worker no more units after the one it has. */
  WorkerPool.Draining drain(String worker) {
    return rollouts.drain(worker);
  }

  /** Names of the rollout workers that may get work. */
  List<String> serving() {
    return rollouts.serving();
  }

  /** Whether a worker makes or scores samples, or could score some that wait. */
  boolean busy() {
    boolean unscored = tracker.hasRows() && !rewards.all().isEmpty();
    return rollouts.busy() || rewards.busy() || unscored;
  }

  /** Gives the work of a lost node to others. */
  void nodeLost(String node) {
    numbers.disturbances().lost(rollouts.on(node));
    for (RolloutUnit unit : rollouts.nodeLost(node)) {
      tracker.giveUp(unit.id(), node + " is lost", "worker-lost");
    }
    rewards.nodeLost(node).forEach(tracker::returned);
  }

  /** What workers have been given and not finished. */
  PoolTasks tasks(ReferenceScoring scoring) {
    PoolTasks tasks = new PoolTasks();
    rollouts.held().forEach(held -> tasks.add(held.worker(), held.task().id(), held.since()));
    rewards.held().forEach(held -> tasks.add(held.worker(), held.task().unit(), held.since()));
    scoring.held().forEach(held -> tasks.add(held.worker(), held.task().unit(), held.since()));
    return tasks;
  }

  /** What samples wait for, unit by unit; when nothing is issued, for a worker to ask. */
  List<Wait> waits(PoolTasks tasks, Instant since) {
    Work issue = schedule.evaluating() ? Work.EVALUATE : Work.GENERATE;
    return tasks.waits(tracker, issue, since);
  }

  /** Whether the rollout workers of a node were all drained. */
  boolean isDrained(String node) {
    return rollouts.isDrained(node);
  }
}
