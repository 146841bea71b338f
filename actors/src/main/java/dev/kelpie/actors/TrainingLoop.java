package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.GroupAssembly;
import dev.kelpie.actors.plan.OperatorRequests;
import dev.kelpie.actors.plan.PhaseTimer;
import dev.kelpie.actors.plan.ReferenceCatchUp;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.RolloutSchedule;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.StallReport;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The course of a run, message by message: samples come ({@link RolloutPipeline}), steps are
 * trained and committed, weights published, checkpoints saved, and in the end there is a summary.
 */
final class TrainingLoop {
  private final Parts parts;
  private final Experiment experiment;
  private final RunLog log;
  private final RolloutSchedule schedule;
  private final RolloutPipeline samples;
  private final ReferenceScoring scoring;
  private final StepMetricsCollector numbers;
  private final RunReporter notices;
  private final CheckpointSaving checkpoints;
  private final RunCompletion ending;
  private final OperatorRequests requests;
  private final Map<String, Double> lastTokens = new HashMap<>();
  private final CoreBudget budget = new CoreBudget();
  private Optional<Training> training = Optional.empty();
  private Instant lastProgress;
  private boolean stopping;
  private @Nullable PublishedWeights weights;
  private @Nullable ActorRef<LearnerWorker.Command> learner;

  /** A step that the learner works on. */
  private record Training(long step, List<ScoredUnit> units, Instant since) {}

  /**
   * What a run is made of.
   *
   * @param log its journal, which it closes
   * @param from the checkpoint it goes on from
   * @param needsReference whether training needs reference log-probabilities
   * @param time decides what is late
   */
  record Parts(
      Experiment experiment,
      RunFolder folder,
      RolloutUnits units,
      RunLog log,
      Optional<CheckpointStore.Saved> from,
      boolean needsReference,
      ActorRef<MetricsHub.Command> hub,
      ActorRef<Node.Command> owner,
      InstantSource time) {}

  /**
   * @param traffic messages between actors so far
   * @param farewell told once how the run ended, so that it tells the other nodes
   */
  TrainingLoop(
      Parts parts, Supplier<TrafficTotals> traffic, Consumer<HeartbeatSender.RunEnded> farewell) {
    this.parts = parts;
    this.experiment = parts.experiment();
    this.notices = new RunReporter(parts.hub(), experiment.run().steps());
    this.requests = new OperatorRequests(notices::info, notices::warn);
    long step = parts.from().map(CheckpointStore.Saved::step).orElse(0L);
    int staleness = experiment.async().maxStaleness();
    this.log = parts.log();
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
    this.samples =
        new RolloutPipeline(
            parts.units(),
            schedule,
            new GroupAssembly(parts.needsReference(), staleness),
            log,
            budget,
            notices::warn,
            parts.time());
    boolean moves = parts.needsReference() && experiment.reference().schedule().moves();
    int files = PublishingTrainer.versionsKept(experiment);
    this.scoring =
        new ReferenceScoring(
            moves
                ? Optional.of(
                    new ReferenceCatchUp(new ReferenceSnapshots(parts.folder())::find, files))
                : Optional.empty(),
            new CheckpointStore(parts.folder().checkpoints()),
            budget,
            parts.time());
    this.lastProgress = parts.time().instant();
    this.checkpoints =
        new CheckpointSaving(
            parts.folder(), log, moves ? Optional.of(scoring) : Optional.empty(), parts.from());
    this.numbers =
        new StepMetricsCollector(
            experiment.rollout().groupSize(),
            traffic,
            System::nanoTime,
            ProcessFigures::secondsSinceStart);
    this.ending = new RunCompletion(notices, log, numbers, farewell, parts.owner());
    notices.stands("starting", step);
  }

  // Workers ask.

  void rolloutReady(WorkerPool.Worker worker, ActorRef<RolloutWorker.Command> address) {
    samples.rolloutReady(worker, address).ifPresent(this::fail);
    advance();
  }

  void rewardReady(WorkerPool.Worker worker, ActorRef<RewardWorker.Command> address) {
    samples.rewardReady(worker, address);
    advance();
  }

  void scoringReady(
      WorkerPool.Worker worker, ReferenceState state, ActorRef<ScoringWorker.Command> address) {
    scoring.ready(worker, state, address, checkpoints.newest()).ifPresent(this::fail);
    checkpoints.scoringReady(address);
    advance();
  }

  void nodeLost(String node) {
    notices.warn("node " + node + " is silent; its work goes to others");
    notices.nodeGone(node);
    samples.nodeLost(node);
    scoring.nodeLost(node);
    checkpoints.nodeLost();
    advance();
  }

  // Results come.

  void generated(SampleMessage.Generated done) {
    if (samples.generated(done)) {
      moved();
      numbers.generated(
          done.unit(),
          done.tokens(),
          done.loadSeconds(),
          done.generateSeconds(),
          done.writeSeconds());
      if (parts.needsReference() && !done.unit().isEval()) {
        scoring.add(done.unit(), done.file());
      }
    }
    advance();
  }

  void generateFailed(SampleMessage.GenerateFailed failed) {
    samples.generateFailed(failed).ifPresent(this::fail);
    advance();
  }

  void rowsScored(SampleMessage.RowsScored done) {
    moved();
    numbers.scored(done.unit(), done.seconds());
    samples
        .rowsScored(done)
        .ifPresent(
            measured -> {
              notices.numbers(measured);
              stands();
            });
    advance();
  }

  void rewardFailed(SampleMessage.RewardFailed failed) {
    samples.rewardFailed(failed).ifPresent(this::fail);
    advance();
  }

  void referenceScored(ReferenceMessage.ReferenceScored done) {
    scoring.finished(done);
    if (samples.referenceScored(done)) {
      numbers.now(PhaseTimer.Phase.REF_LOGPROB, done.seconds());
      moved();
    }
    advance();
  }

  // Steps are trained.

  void learnerReady(PublishedWeights published, ActorRef<LearnerWorker.Command> address) {
    learner = address;
    numbers.begin();
    publish(published);
    moved();
    stands();
    advance();
  }

  private void publish(PublishedWeights published) {
    weights = published;
    samples.published(published.version());
    scoring.published(published, checkpoints.newest()).ifPresent(this::fail);
  }

  private void train() {
    Optional<Long> step = schedule.trainable();
    ActorRef<LearnerWorker.Command> target = learner;
    if (step.isEmpty() || target == null || !learnerRests()) {
      return;
    }
    Optional<List<ScoredUnit>> units = samples.completeStep(step.get());
    if (units.isEmpty()) {
      return;
    }
    training = Optional.of(new Training(step.get(), units.get(), parts.time().instant()));
    target.tell(new LearnerWorker.Train(step.get(), units.get()));
  }

  void trained(LearnerMessage.Trained done) {
    if (training.isEmpty() || ending.isOver()) {
      return;
    }
    Training order = training.get();
    training = Optional.empty();
    numbers.trained(done.trainSeconds(), done.publishSeconds());
    List<Long> lags = samples.consumed(order.step(), order.units());
    log.committed(order.step(), done.weights().policySha256());
    schedule.committed(order.step());
    publish(done.weights());
    Map<String, Double> times = numbers.close(done.readSeconds());
    saveIfDue(order.step());
    // The next units are on their way while the step goes to disk; it is shown when it is there.
    advance();
    log.sync();
    StepMetrics all = numbers.of(order.step(), order.units(), done.metrics(), times, lags);
    notices.numbers(all);
    numbers.oddity(all).ifPresent(notices::warn);
    notices.counted(log.counts());
    stands();
    moved();
  }

  // Checkpoints are saved.

  private void saveIfDue(long step) {
    int every = experiment.checkpoint().every();
    if (every > 0 && step % every == 0) {
      save(step);
    }
  }

  private void save(long step) {
    ActorRef<LearnerWorker.Command> target = learner;
    if (target != null) {
      checkpoints.save(step, target);
    }
  }

  void referenceSaved(long step) {
    ActorRef<LearnerWorker.Command> target = learner;
    if (target != null) {
      checkpoints.referenceSaved(step, target);
    }
  }

  void checkpointSaved(LearnerMessage.CheckpointSaved saved) {
    numbers.now(PhaseTimer.Phase.CHECKPOINT, saved.seconds());
    checkpoints.saved(saved, policySha256());
    notices.info("checkpoint of step " + saved.step() + " saved");
    moved();
    advance();
  }

  private String policySha256() {
    return weights == null ? "" : weights.policySha256();
  }

  /** Whatever can go on now goes on. */
  private void advance() {
    PublishedWeights current = weights;
    if (ending.isOver() || current == null) {
      return;
    }
    samples.grant(current, requests.mayBegin());
    scoring.grant();
    samples.dismissDrained().forEach(worker -> notices.info(worker + " drained"));
    long step = schedule.committed();
    if (requests.takeSave(learnerRests(), checkpoints.has(step), step)) {
      save(step);
    }
    if (requests.mayBegin()) {
      train();
    }
    boolean quiet = learnerRests() && !samples.busy() && !scoring.busy();
    if (requests.pauseReached(quiet, step, System.nanoTime())) {
      stands();
    }
    endIfDone();
  }

  private boolean learnerRests() {
    return learner != null && training.isEmpty() && checkpoints.saving().isEmpty();
  }

  // People ask.

  void pause() {
    if (!stopping && !ending.isOver()) {
      requests.pause();
      advance();
    }
  }

  void resume() {
    if (!ending.isOver()) {
      endPause();
      moved();
      stands();
      advance();
    }
  }

  private void endPause() {
    requests
        .resume(schedule.committed(), System.nanoTime())
        .ifPresent(rested -> numbers.now(PhaseTimer.Phase.PAUSED, rested.toNanos() / 1e9));
  }

  void saveNow() {
    requests.saveNow();
    advance();
  }

  void drain(String worker) {
    WorkerPool.Draining result = samples.drain(worker);
    requests.drain(worker, result, samples.serving());
    advance();
  }

  // The run ends.

  void stop() {
    if (stopping || ending.isOver()) {
      return;
    }
    stopping = true;
    endPause();
    if (schedule.stop()) {
      stands();
      samples.dropAfter(schedule.lastStep(), "stop");
    }
    advance();
  }

  private void endIfDone() {
    if (!schedule.finished() || !learnerRests()) {
      return;
    }
    long step = schedule.committed();
    if (checkpoints.newest().map(CheckpointStore.Saved::step).orElse(-1L) < step) {
      notices.stands("saving", step);
      save(step);
      return;
    }
    boolean all = step >= experiment.run().steps();
    end(all ? RunSummary.Status.FINISHED : RunSummary.Status.STOPPED, "");
  }

  /** Ends the run, because a part of it cannot go on. */
  void fail(String reason) {
    if (ending.isOver()) {
      return;
    }
    notices.tell(RunEvent.Level.ERROR, reason);
    try {
      end(RunSummary.Status.FAILED, reason);
    } catch (RuntimeException e) {
      // What made the run fail may keep its journal from being written, too: a full disk.
      ending.fail(reason, lastWeights());
    }
  }

  private void end(RunSummary.Status status, String error) {
    samples.dropAfter(-1, "end");
    new ReferenceSnapshots(parts.folder()).clear();
    ending.end(status, error, lastWeights());
  }

  private RunCompletion.Weights lastWeights() {
    return new RunCompletion.Weights(
        schedule.committed(),
        policySha256(),
        checkpoints.newest().map(CheckpointStore.Saved::folder));
  }

  /** What a node that says it lives is told. */
  HeartbeatSender.Command heartbeatAnswer() {
    return ending.heartbeatAnswer();
  }

  /** Ends the journal. Why its last lines cannot be written was told when the run failed by it. */
  void close() {
    try {
      log.close();
    } catch (UncheckedIOException e) {
      notices.warn(Failure.line(e));
    }
  }

  // What is seen.

  void states(List<ActorState> states, List<Link> links) {
    notices.states(states, links);
    for (ActorState state : states) {
      Double tokens = state.numbers().get("tokens");
      if (tokens != null && !tokens.equals(lastTokens.put(state.name(), tokens))) {
        moved();
      }
    }
  }

  /** Shows the coordinator itself and the ledger. */
  void show(String node, Map<String, Double> own) {
    if (!ending.isOver()) {
      notices.self(node, schedule.committed(), own);
      notices.counted(log.counts());
    }
  }

  /** Who waits for whom; a pause is nobody's fault. */
  Watchdog.Waits whoWaits() {
    if (requests.paused()) {
      return new Watchdog.Waits(List.of(), Instant.now());
    }
    return new Watchdog.Waits(waits(), lastProgress);
  }

  private List<StallReport.Wait> waits() {
    if (learner == null) {
      return waitsForLearner("to open the policy", lastProgress);
    }
    if (training.isPresent()) {
      Training order = training.get();
      return waitsForLearner("to train step " + order.step(), order.since());
    }
    if (checkpoints.owesReference()) {
      String what = "a scoring worker to save its part of checkpoint ";
      return List.of(
          new StallReport.Wait("the run", what + checkpoints.saving().get(), lastProgress));
    }
    if (checkpoints.saving().isPresent()) {
      String what = "to save checkpoint " + checkpoints.saving().get();
      return waitsForLearner(what, lastProgress);
    }
    String who = schedule.evaluating() ? "the evaluation" : "step " + (schedule.committed() + 1);
    return samples.waits(who, scoring, lastProgress);
  }

  private static List<StallReport.Wait> waitsForLearner(String what, Instant since) {
    return List.of(new StallReport.Wait("the run", "the learner " + what, since));
  }

  private void moved() {
    lastProgress = parts.time().instant();
  }

  private void stands() {
    notices.stands(phase(), schedule.committed());
  }

  private String phase() {
    if (stopping && schedule.lastStep() < experiment.run().steps()) {
      return "stopping";
    }
    if (learner == null) {
      return "starting";
    }
    if (requests.paused()) {
      return "paused";
    }
    return schedule.evaluating() ? "evaluating" : "training";
  }
}
