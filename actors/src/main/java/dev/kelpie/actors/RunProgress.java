package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.wire.FileTicket;
import dev.kelpie.wire.PublishedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The course of a run: what the {@link Coordinator} does with each message. Decisions are left to
 * {@link RolloutSchedule} (what next), {@link GroupAssembly} (what is complete), {@link Desk} (who
 * does it) and {@link RunLog} (what happened).
 */
final class RunProgress {
  private static final int MOST_FAILURES = 3;

  private final Parts parts;
  private final Experiment experiment;
  private final RolloutSchedule schedule;
  private final GroupAssembly assembly;
  private final RunLog log;
  private StepClock clock = new StepClock(System.nanoTime());
  private final RunTotals totals = new RunTotals();
  private final Desk<ActorRef<RolloutWorker.Command>, RolloutUnit> rollouts = new Desk<>();
  private final Desk<ActorRef<RewardActor.Command>, GroupAssembly.Rows> rewards = new Desk<>();
  private final Desk<ActorRef<ScoringWorker.Command>, ScoringWorker.ScoreUnit> scoring =
      new Desk<>();
  private final Deque<GroupAssembly.Rows> toReward = new ArrayDeque<>();
  private final Deque<ScoringWorker.ScoreUnit> toScore = new ArrayDeque<>();
  private final Map<ActorRef<ScoringWorker.Command>, Long> observedBy = new HashMap<>();
  private final Map<UnitId, Integer> failures = new HashMap<>();
  private final Map<String, Double> lastTokens = new HashMap<>();
  private final Map<Long, Long> tokensOfStep = new HashMap<>();
  private final long startNanos = System.nanoTime();
  private EvalTally tally = new EvalTally();
  private Optional<Training> training = Optional.empty();
  private Optional<Long> saving = Optional.empty();
  private Optional<RunCommit.Saved> checkpoint;
  private Instant lastProgress = Instant.now();
  private double secondsToFirstStep = Double.NaN;
  private boolean stopping;
  private @Nullable PublishedWeights weights;
  private @Nullable ActorRef<LearnerActor.Command> learner;
  private Lifeline.@Nullable RunEnded ended;

  /** A step that the learner works on. */
  private record Training(long step, List<ScoredUnit> units, Instant since) {}

  /**
   * What a run is made of.
   *
   * @param from the checkpoint it goes on from
   * @param needsReference whether training needs reference log-probabilities
   */
  record Parts(
      Experiment experiment,
      RunFolder folder,
      RolloutUnits units,
      Optional<RunCommit.Saved> from,
      boolean needsReference,
      ActorRef<MetricsHub.Command> hub,
      ActorRef<Node.Command> owner) {}

  RunProgress(Parts parts) {
    this.parts = parts;
    this.experiment = parts.experiment();
    this.checkpoint = parts.from();
    long step = parts.from().map(RunCommit.Saved::step).orElse(0L);
    int staleness = experiment.async().maxStaleness();
    this.log = RunLog.open(parts.folder().events(), staleness, step, experiment.run().seed());
    this.assembly = new GroupAssembly(parts.needsReference(), staleness);
    this.schedule =
        new RolloutSchedule(
            new RolloutSchedule.Options(
                experiment.run().steps(),
                parts.units().perStep(),
                staleness,
                parts.units().perEval(),
                experiment.eval().every()),
            step,
            unit -> log.nextAttempt(parts.units().firstGroup(unit)));
    stands("starting");
  }

  // Workers ask.

  void rolloutReady(Desk.Worker worker, ActorRef<RolloutWorker.Command> address) {
    rollouts
        .ready(worker, address, Instant.now())
        .ifPresent(unit -> failed(unit, worker.name() + " was restarted", "worker-lost"));
    advance();
  }

  void rewardReady(Desk.Worker worker, ActorRef<RewardActor.Command> address) {
    rewards.ready(worker, address, Instant.now()).ifPresent(toReward::addFirst);
    advance();
  }

  void scoringReady(Desk.Worker worker, long observed, ActorRef<ScoringWorker.Command> address) {
    scoring.ready(worker, address, Instant.now()).ifPresent(toScore::addFirst);
    observedBy.put(address, observed);
    if (weights != null) {
      bringUp(address, weights);
    }
    advance();
  }

  /** A scorer that is new to the run gets the state of the checkpoint, then the weights. */
  private void bringUp(ActorRef<ScoringWorker.Command> scorer, PublishedWeights current) {
    long known = observedBy.getOrDefault(scorer, -1L);
    if (known < 0 && checkpoint.isPresent()) {
      known = checkpoint.get().step();
      scorer.tell(
          new ScoringWorker.RestoreReference(known, checkpoint.get().reference().toString()));
    }
    if (known < current.version().number()) {
      scorer.tell(new ScoringWorker.Observe(current));
    }
    observedBy.put(scorer, current.version().number());
  }

  // Results come.

  void generated(Coordinator.Generated done) {
    rollouts.finished(done.worker(), unit -> UnitId.of(unit).equals(done.unit()));
    Optional<RolloutUnit> unit = assembly.find(done.unit());
    List<GroupAssembly.Rows> rows = assembly.received(done.unit(), done.file());
    if (unit.isPresent() && !rows.isEmpty()) {
      moved();
      log.received(unit.get());
      toReward.addAll(rows);
      if (parts.needsReference() && !done.unit().isEval()) {
        toScore.add(new ScoringWorker.ScoreUnit(done.unit(), done.file()));
      }
      if (!done.unit().isEval()) {
        tokensOfStep.merge(done.unit().step(), done.tokens(), Long::sum);
      }
      time(done);
    }
    advance();
  }

  private void time(Coordinator.Generated done) {
    long written = System.nanoTime() - (long) (done.writeSeconds() * 1e9);
    long loaded = written - (long) (done.generateSeconds() * 1e9);
    StepClock.Phase phase = done.unit().isEval() ? StepClock.Phase.EVAL : StepClock.Phase.ROLLOUT;
    clock.span(phase, done.generateSeconds(), written);
    clock.span(StepClock.Phase.WEIGHT_SYNC, done.loadSeconds(), loaded);
  }

  void generateFailed(Coordinator.GenerateFailed failed) {
    Optional<RolloutUnit> unit =
        rollouts.finished(failed.worker(), held -> UnitId.of(held).equals(failed.unit()));
    unit.ifPresent(held -> failed(held, failed.worker() + ": " + failed.reason(), "worker-failed"));
    advance();
  }

  private void failed(RolloutUnit unit, String why, String reason) {
    UnitId id = UnitId.of(unit);
    int times = failures.merge(id.withAttempt(0), 1, Integer::sum);
    if (times >= MOST_FAILURES) {
      fail(id + " failed " + times + " times; " + why);
    } else {
      giveUp(unit, why, reason);
    }
  }

  void rowsScored(Coordinator.RowsScored done) {
    rewards.finished(
        done.worker(), rows -> rows.unit().equals(done.unit()) && rows.from() == done.fromRow());
    Optional<RolloutUnit> unit = assembly.find(done.unit());
    clock.span(
        done.unit().isEval() ? StepClock.Phase.EVAL : StepClock.Phase.REWARD,
        done.seconds(),
        System.nanoTime());
    moved();
    if (unit.isPresent() && assembly.scored(done.unit(), done.fromRow(), done.outcomes())) {
      log.rewarded(unit.get(), assembly.outcomes(done.unit()));
      if (done.unit().isEval()) {
        measured(unit.get());
      }
    }
    advance();
  }

  private void measured(RolloutUnit unit) {
    UnitId id = UnitId.of(unit);
    ScoredUnit scored = assembly.take(id);
    tally.add(scored, parts.units().isGreedy(id));
    log.consumed(unit);
    schedule.measured(id);
    if (!schedule.evaluating()) {
      Map<String, Double> values = tally.values();
      tally = new EvalTally();
      log.evaluated(id.step(), values);
      parts.hub().tell(new MetricsHub.Numbers(new StepMetrics(id.step(), values)));
      stands("training");
    }
    deleteFile(scored.file());
  }

  private static void deleteFile(FileTicket file) {
    try {
      Files.deleteIfExists(Path.of(file.path()));
    } catch (IOException e) {
      // What an evaluation leaves behind is only in the way; the next start overwrites it.
    }
  }

  void referenceScored(Coordinator.ReferenceScored done) {
    scoring.finished(done.worker(), order -> order.unit().equals(done.unit()));
    if (assembly.referenceScored(done.unit(), done.file())) {
      clock.span(StepClock.Phase.REF_LOGPROB, done.seconds(), System.nanoTime());
      moved();
    }
    advance();
  }

  void learnerReady(PublishedWeights published, ActorRef<LearnerActor.Command> address) {
    learner = address;
    clock = new StepClock(System.nanoTime());
    publish(published);
    moved();
    stands(schedule.evaluating() ? "evaluating" : "training");
    advance();
  }

  private void publish(PublishedWeights published) {
    weights = published;
    long step = published.version().number();
    schedule.published(published.version(), log.evaluation(step).isPresent());
    scoring.all().forEach(scorer -> bringUp(scorer, published));
  }

  void trained(Coordinator.Trained done) {
    if (training.isEmpty() || ended != null) {
      return;
    }
    Training order = training.get();
    training = Optional.empty();
    long now = System.nanoTime();
    long trainedAt = now - (long) (done.publishSeconds() * 1e9);
    clock.span(StepClock.Phase.WEIGHT_SYNC, done.publishSeconds(), now);
    clock.span(StepClock.Phase.UPDATE_POLICY, done.trainSeconds(), trainedAt);
    List<Long> lags = consume(order);
    log.committed(order.step(), done.weights().policySha256());
    schedule.committed(order.step());
    publish(done.weights());
    Map<String, Double> times = clock.close(System.nanoTime());
    saveIfDue(order.step());
    advance();
    numbers(order, done, times, lags);
    moved();
  }

  private List<Long> consume(Training order) {
    List<Long> lags = new ArrayList<>();
    for (ScoredUnit scored : order.units()) {
      assembly
          .find(scored.unit())
          .ifPresent(
              unit -> {
                log.consumed(unit);
                lags.add(order.step() - 1 - unit.version().number());
              });
      assembly.take(scored.unit());
      failures.remove(scored.unit().withAttempt(0));
    }
    return lags;
  }

  private void numbers(
      Training order, Coordinator.Trained done, Map<String, Double> times, List<Long> lags) {
    long tokens = tokensOfStep.getOrDefault(order.step(), 0L);
    tokensOfStep.keySet().removeIf(step -> step <= order.step());
    totals.add(order.units(), experiment.rollout().groupSize(), tokens, times);
    Map<String, Double> values = new LinkedHashMap<>(done.metrics().values());
    values.putAll(times);
    values.put("throughput/tokens_per_s", tokens / times.getOrDefault("timing_s/step", 0.0));
    values.put("staleness/mean", lags.stream().mapToLong(lag -> lag).average().orElse(0));
    values.put("staleness/max", (double) lags.stream().mapToLong(lag -> lag).max().orElse(0));
    parts.hub().tell(new MetricsHub.Numbers(new StepMetrics(order.step(), values)));
    if (Double.isNaN(secondsToFirstStep)) {
      secondsToFirstStep = ProcessFigures.secondsSinceStart();
    }
    stands(schedule.evaluating() ? "evaluating" : "training");
  }

  // Checkpoints.

  private void saveIfDue(long step) {
    int every = experiment.checkpoint().every();
    if (every > 0 && step % every == 0) {
      save(step);
    }
  }

  private void save(long step) {
    ActorRef<LearnerActor.Command> target = learner;
    if (target == null || saving.isPresent()) {
      return;
    }
    saving = Optional.of(step);
    if (!parts.needsReference()) {
      target.tell(new LearnerActor.SaveCheckpoint(step));
      return;
    }
    Path folder = new RunCommit(parts.folder().checkpoints()).begin(step, "reference");
    scoring.all().stream()
        .findFirst()
        .ifPresent(scorer -> scorer.tell(new ScoringWorker.SaveReference(step, folder.toString())));
  }

  void referenceSaved(long step) {
    ActorRef<LearnerActor.Command> target = learner;
    if (target != null && saving.equals(Optional.of(step))) {
      target.tell(new LearnerActor.SaveCheckpoint(step));
    }
  }

  void checkpointSaved(Coordinator.CheckpointSaved saved) {
    saving = Optional.empty();
    clock.span(StepClock.Phase.CHECKPOINT, saved.seconds(), System.nanoTime());
    checkpoint =
        Optional.of(
            new RunCommit.Saved(
                saved.step(),
                parts.folder().checkpoint(saved.step()),
                weights == null ? "" : weights.policySha256()));
    log.checkpointed(saved.step(), saved.oldestKept());
    moved();
    advance();
  }

  // Work is handed out.

  private void advance() {
    PublishedWeights current = weights;
    if (ended != null || current == null) {
      return;
    }
    rollouts
        .grants(this::issueNext, Instant.now())
        .forEach(grant -> grant.address().tell(new RolloutWorker.Generate(grant.task(), current)));
    rollouts.resting().forEach(worker -> worker.tell(new RolloutWorker.Rest()));
    rewards
        .grants(this::nextRows, Instant.now())
        .forEach(
            grant ->
                grant
                    .address()
                    .tell(
                        new RewardActor.ScoreRows(
                            grant.task().unit(),
                            grant.task().file(),
                            grant.task().from(),
                            grant.task().to())));
    scoring
        .grants(() -> Optional.ofNullable(toScore.poll()), Instant.now())
        .forEach(grant -> grant.address().tell(grant.task()));
    train();
    endIfDone();
  }

  private Optional<RolloutUnit> issueNext() {
    Optional<UnitId> id = schedule.next();
    Optional<RolloutUnit> unit =
        id.map(next -> parts.units().make(next, schedule.versionFor(next)));
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

  private void train() {
    Optional<Long> step = schedule.trainable();
    ActorRef<LearnerActor.Command> target = learner;
    if (step.isEmpty() || target == null || training.isPresent() || saving.isPresent()) {
      return;
    }
    for (UnitId stale : assembly.stale(step.get())) {
      assembly
          .find(stale)
          .ifPresent(unit -> giveUp(unit, stale + " is too old for step " + step.get(), "stale"));
    }
    assembly
        .step(step.get(), parts.units().perStep())
        .ifPresent(
            units -> {
              training = Optional.of(new Training(step.get(), units, Instant.now()));
              target.tell(new LearnerActor.Train(step.get(), units));
            });
  }

  private void giveUp(RolloutUnit unit, String why, String reason) {
    if (assembly.lost(UnitId.of(unit)).isPresent()) {
      log.dropped(unit, reason);
      schedule.lost(UnitId.of(unit));
      tell(RunEvent.Level.WARNING, UnitId.of(unit) + " is issued again: " + why);
    }
  }

  void nodeLost(String node) {
    tell(RunEvent.Level.WARNING, "node " + node + " is silent; its work goes to others");
    parts.hub().tell(new MetricsHub.NodeGone(node));
    rollouts.nodeLost(node).forEach(unit -> giveUp(unit, node + " is lost", "worker-lost"));
    rewards.nodeLost(node).forEach(toReward::addFirst);
    scoring.nodeLost(node).forEach(toScore::addFirst);
    advance();
  }

  // The end.

  void stop() {
    if (stopping || ended != null) {
      return;
    }
    stopping = true;
    if (schedule.stop()) {
      stands("stopping");
      for (UnitId id : assembly.underWay()) {
        if (id.isEval() || id.step() > schedule.lastStep()) {
          assembly.lost(id).ifPresent(unit -> log.dropped(unit, "stop"));
        }
      }
    }
    advance();
  }

  private void endIfDone() {
    if (!schedule.finished() || training.isPresent() || saving.isPresent() || learner == null) {
      return;
    }
    long step = schedule.committed();
    if (checkpoint.map(RunCommit.Saved::step).orElse(-1L) < step) {
      stands("saving");
      save(step);
      return;
    }
    boolean all = step >= experiment.run().steps();
    end(all ? RunSummary.Status.FINISHED : RunSummary.Status.STOPPED, "");
  }

  /** Ends the run, because a part of it cannot go on. */
  void fail(String reason) {
    tell(RunEvent.Level.ERROR, reason);
    end(RunSummary.Status.FAILED, reason);
  }

  private void end(RunSummary.Status status, String error) {
    if (ended != null) {
      return;
    }
    for (UnitId id : assembly.underWay()) {
      assembly.lost(id).ifPresent(unit -> log.dropped(unit, "end"));
    }
    log.ended(status.name().toLowerCase(Locale.ROOT), schedule.committed());
    String hash = weights == null ? "" : weights.policySha256();
    ended = new Lifeline.RunEnded(status, schedule.committed(), error, hash);
    stands("done");
    parts.owner().tell(new Node.RunEnds(summary(status, error, hash)));
  }

  private RunSummary summary(RunSummary.Status status, String error, String hash) {
    return new RunSummary(
        status,
        error.isEmpty() ? Optional.empty() : Optional.of(error),
        schedule.committed(),
        (System.nanoTime() - startNanos) / 1e9,
        secondsToFirstStep,
        totals.tokens(),
        log.firstEvaluation(),
        log.lastEvaluation(),
        hash,
        ProcessFigures.peakRssMib(),
        totals.shares(),
        totals.failedRewards(),
        totals.unequalGroups(),
        log.check(),
        checkpoint.map(RunCommit.Saved::folder));
  }

  /** What a node that says it lives is told. */
  Lifeline.Command answerToBeat() {
    return ended == null ? new Lifeline.Heard() : ended;
  }

  void close() {
    log.close();
  }

  // What is seen.

  void states(List<ActorState> states) {
    parts.hub().tell(new MetricsHub.States(states));
    for (ActorState state : states) {
      Double tokens = state.numbers().get("tokens");
      if (tokens != null && !tokens.equals(lastTokens.put(state.name(), tokens))) {
        moved();
      }
    }
  }

  Watchdog.Waits whoWaits() {
    return new Watchdog.Waits(waits(), lastProgress);
  }

  private List<BlockedChain.Wait> waits() {
    List<BlockedChain.Wait> waits = new ArrayList<>();
    if (learner == null) {
      waits.add(wait("the run", "the learner to open the policy", lastProgress));
    }
    training.ifPresent(
        order ->
            waits.add(wait("the run", "the learner to train step " + order.step(), order.since())));
    saving.ifPresent(step -> waits.add(wait("the run", "checkpoint " + step, lastProgress)));
    if (!waits.isEmpty()) {
      return waits;
    }
    long step = schedule.committed() + 1;
    String who = schedule.evaluating() ? "the evaluation" : "step " + step;
    List<UnitId> open = assembly.underWay();
    if (open.isEmpty()) {
      waits.add(wait(who, "a rollout worker to ask for work", lastProgress));
    }
    for (UnitId id : open) {
      String holder =
          rollouts
              .holder(unit -> UnitId.of(unit).equals(id))
              .or(() -> rewards.holder(rows -> rows.unit().equals(id)))
              .or(() -> scoring.holder(order -> order.unit().equals(id)))
              .map(name -> " from " + name)
              .orElse(", which nobody works on");
      waits.add(wait(who, id + ": " + assembly.missing(id) + holder, lastProgress));
    }
    return waits;
  }

  private static BlockedChain.Wait wait(String who, String what, Instant since) {
    return new BlockedChain.Wait(who, what, since);
  }

  private void moved() {
    lastProgress = Instant.now();
  }

  private void stands(String phase) {
    parts
        .hub()
        .tell(
            new MetricsHub.Stands(
                new Progress(phase, schedule.committed(), experiment.run().steps())));
  }

  private void tell(RunEvent.Level level, String text) {
    parts.hub().tell(new MetricsHub.Happened(level, "coordinator", text));
  }
}
