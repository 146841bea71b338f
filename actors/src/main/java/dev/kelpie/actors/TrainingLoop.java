package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.EvalGate;
import dev.kelpie.actors.plan.IterationLog;
import dev.kelpie.actors.plan.IterationSchedule;
import dev.kelpie.actors.plan.OperatorRequests;
import dev.kelpie.actors.plan.PhaseTimer;
import dev.kelpie.actors.plan.PoolTasks;
import dev.kelpie.actors.plan.ReferenceCatchUp;
import dev.kelpie.actors.plan.RolloutSchedule;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.remote.Destinations;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The course of a run, message by message: {@link RolloutPipeline} makes samples, {@link
 * ReferenceScoring} has them scored by the reference, this class has the learner train complete
 * steps and commits them, {@link CheckpointSaving} saves checkpoints, and {@link RunCompletion}
 * ends the run.
 */
final class TrainingLoop {
  private final Experiment experiment;
  private final InstantSource time;
  private final RunLog log;
  private final IterationSchedule iterations;
  private final IterationLog iterationLog;
  private final RolloutSchedule schedule;
  private final UnitTracker tracker;
  private final RolloutPipeline samples;
  private final ReferenceScoring scoring;
  private final StepMetricsCollector numbers;
  private final RunReporter reporter;
  private final CheckpointSaving checkpoints;
  private final RunCompletion completion;
  private final OperatorRequests requests;
  private final OperatorControl operator;
  private Optional<Training> training = Optional.empty();
  private boolean savingLast;
  private @Nullable PublishedWeights weights;
  private @Nullable ActorRef<LearnerWorker.Command> learner;

  /** A step that the learner works on. */
  private record Training(long step, List<ScoredUnit> units, Instant since) {
    Wait awaited() {
      return Wait.ofLearner("step " + step + " to be trained", Work.TRAIN, since);
    }
  }

  /**
   * What a run is made of.
   *
   * @param log its journal, which it closes
   * @param from the checkpoint it continues from
   * @param scoring the models that score responses, if there are any
   * @param time decides what is late
   */
  record Setup(
      Experiment experiment,
      RunFolder folder,
      RolloutUnits units,
      RunLog log,
      Optional<CheckpointStore.Saved> from,
      Optional<RunSetup.Scoring> scoring,
      ActorRef<MetricsHub.Command> hub,
      ActorRef<Node.Command> owner,
      InstantSource time) {}

  /**
   * @param traffic messages between actors so far
   * @param refused the last certificate that was refused
   * @param announceEnd reports to the other nodes, once, how the run ended
   */
  TrainingLoop(
      Setup setup,
      Supplier<TrafficTotals> traffic,
      Supplier<Optional<Situation.Refusal>> refused,
      Consumer<HeartbeatSender.RunEnded> announceEnd) {
    experiment = setup.experiment();
    time = setup.time();
    log = setup.log();
    ReferenceSnapshots snapshots = new ReferenceSnapshots(setup.folder());
    reporter = new RunReporter(setup.hub(), experiment, refused, time);
    requests = new OperatorRequests(reporter::info, reporter::warn);
    numbers =
        new StepMetricsCollector(
            experiment.rollout().promptsPerStep(),
            traffic,
            System::nanoTime,
            ProcessFigures::secondsSinceStart);
    setup.from().ifPresent(saved -> numbers.disturbances().happened());
    long committed = setup.from().map(CheckpointStore.Saved::step).orElse(0L);
    iterations =
        new IterationSchedule(experiment.iterations(), experiment.run().steps(), committed);
    iterationLog = new IterationLog(experiment.iterations(), iterations, log);
    schedule =
        new RolloutSchedule(
            new RolloutSchedule.Options(
                experiment.run().steps(),
                experiment.async().maxStaleness(),
                setup.units().perEval(),
                experiment.eval().every()),
            iterations,
            setup.units().split(),
            committed,
            unit -> log.nextAttempt(setup.units().firstGroup(unit)));
    ScoringNeed need = setup.scoring().map(RunSetup.Scoring::need).orElse(ScoringNeed.NONE);
    UnitTracker.Asked asked = UnitTracker.Asked.of(experiment);
    tracker = new UnitTracker(asked, need, experiment.mostLag(), log, reporter::warn);
    CoreBudget budget = new CoreBudget();
    samples =
        new RolloutPipeline(setup.units(), schedule, tracker, log, budget, numbers, reporter, time);
    boolean moves = setup.scoring().flatMap(RunSetup.Scoring::moves).isPresent();
    int files = PublishingTrainer.versionsKept(experiment);
    scoring =
        new ReferenceScoring(
            tracker,
            moves ? Optional.of(new ReferenceCatchUp(snapshots::find, files)) : Optional.empty(),
            new CheckpointStore(setup.folder().checkpoints()),
            setup.scoring().map(RunSetup.Scoring::part).orElse(""),
            budget,
            numbers,
            reporter,
            time);
    EvalGate gate = new EvalGate(experiment.gate(), log::evaluations);
    checkpoints =
        new CheckpointSaving(
            setup.folder(),
            log,
            new CheckpointSaving.Kept(experiment.checkpoint(), experiment.gate(), gate),
            reporter,
            moves ? Optional.of(scoring) : Optional.empty(),
            setup.from());
    completion =
        new RunCompletion(reporter, log, tracker, snapshots, numbers, announceEnd, setup.owner());
    OperatorControl.Ending ending =
        new OperatorControl.Ending(
            gate, !Destinations.of(experiment).isEmpty(), this::begun, completion::stopsBecause);
    operator = new OperatorControl(requests, schedule, tracker, samples, numbers, reporter, ending);
    reportPhase();
  }

  void handle(SampleMessage message) {
    samples.handle(message);
    proceed();
  }

  void handle(ReferenceMessage message) {
    scoring.handle(message, checkpoints.newest());
    checkpoints.handle(message);
    proceed();
  }

  void handle(LearnerMessage message) {
    if (message instanceof LearnerMessage.LearnerReady ready) {
      learnerReady(ready);
    } else if (message instanceof LearnerMessage.Trained done) {
      trained(done);
    } else {
      checkpointSaved((LearnerMessage.CheckpointSaved) message);
    }
  }

  void handle(OperatorRequest request) {
    if (!completion.isOver()) {
      operator.handle(request);
      proceed();
    }
  }

  /** The last step that is trained or committed. */
  private long begun() {
    return training.map(Training::step).orElse(schedule.committed());
  }

  void nodeLost(String node) {
    reporter.nodeGone(node, samples.isDrained(node));
    samples.nodeLost(node);
    scoring.nodeLost(node);
    checkpoints.nodeLost();
    proceed();
  }

  private void learnerReady(LearnerMessage.LearnerReady ready) {
    learner = ready.address();
    checkpoints.learnerReady(ready.address());
    numbers.begin();
    samples.known(ready.earlier());
    iterationLog.learnerReady(schedule.committed(), ready.weights(), ready.start());
    publish(ready.weights());
    reporter.markProgress();
    proceed();
  }

  private void publish(PublishedWeights published) {
    weights = published;
    samples.published(published, PublishingTrainer.versionsKept(experiment));
    scoring.published(published, checkpoints.newest());
  }

  private void train() {
    Optional<Long> step = schedule.trainable();
    ActorRef<LearnerWorker.Command> target = learner;
    if (step.isEmpty() || target == null || !learnerIsIdle()) {
      return;
    }
    Optional<List<ScoredUnit>> units = samples.complete(step.get());
    if (units.isPresent()) {
      training = Optional.of(new Training(step.get(), units.get(), time.instant()));
      OptionalLong to = checkpoints.rollBack(schedule.committed());
      target.tell(new LearnerWorker.Train(step.get(), units.get(), to));
    }
  }

  private void trained(LearnerMessage.Trained done) {
    if (training.isEmpty() || completion.isOver()) {
      return;
    }
    Training order = training.get();
    training = Optional.empty();
    numbers.trained(done.trainSeconds(), done.publishSeconds());
    reporter.took(Work.TRAIN, done.readSeconds() + done.trainSeconds() + done.publishSeconds());
    List<Long> lags = tracker.trained(order.step(), order.units());
    iterationLog.trained(order.step(), done.discardedTo(), done.replayed());
    log.committed(
        order.step(), done.weights().weightsSha256(), done.pairsSha256(), done.processReward());
    schedule.committed(order.step());
    iterationLog.committed(order.step(), done.weights());
    publish(done.weights());
    Map<String, Double> times = numbers.close(done.readSeconds());
    checkpoints.committed(order.step(), done.metrics());
    // The next units are on their way while the step goes to disk; it is shown when it is there.
    advance();
    log.sync();
    StepMetrics learner = done.metrics().with(samples.refilled(order.step()));
    StepMetrics all = numbers.of(order.step(), order.units(), learner, times, lags);
    reporter.numbers(all);
    numbers.warnings(all).forEach(reporter::warn);
    reporter.counted(log.counts());
    reporter.markProgress();
    reportPhase();
  }

  private void checkpointSaved(LearnerMessage.CheckpointSaved saved) {
    numbers.now(PhaseTimer.Phase.CHECKPOINT, saved.seconds());
    reporter.took(Work.CHECKPOINT, saved.seconds());
    checkpoints.saved(saved);
    reporter.info("checkpoint of step " + saved.step() + " saved");
    reporter.markProgress();
    proceed();
  }

  private void proceed() {
    advance();
    reportPhase();
  }

  /** Begins everything that can begin now. */
  private void advance() {
    PublishedWeights current = weights;
    if (completion.isOver() || current == null) {
      return;
    }
    operator.applyLimits();
    samples.refill();
    samples.grant(iterationLog.sampling(current), requests.mayBegin());
    scoring.grant();
    long step = schedule.committed();
    if (requests.takeSave(learnerIsIdle(), checkpoints.has(step), step)) {
      checkpoints.save(step);
    }
    if (learnerIsIdle()) {
      checkpoints.keepBest(step);
      checkpoints.promote(step);
    }
    if (requests.mayBegin()) {
      train();
    }
    boolean quiet = learnerIsIdle() && !samples.busy() && !scoring.busy();
    requests.reachPause(quiet, step, System.nanoTime());
    endIfDone();
  }

  private boolean learnerIsIdle() {
    return learner != null && training.isEmpty() && checkpoints.saving().isEmpty();
  }

  private void endIfDone() {
    if (!schedule.finished() || !learnerIsIdle()) {
      return;
    }
    long step = schedule.committed();
    if (checkpoints.newest().map(CheckpointStore.Saved::step).orElse(-1L) < step) {
      savingLast = true;
      checkpoints.save(step);
      return;
    }
    completion.end(schedule.stopsEarly(), lastWeights());
  }

  /** Ends the run, because a part of it has failed. */
  void fail(String reason) {
    completion.fail(reason, lastWeights());
  }

  private RunCompletion.Weights lastWeights() {
    return checkpoints.weights(schedule.committed());
  }

  /** Closes the journal; a failure to write its last lines was reported when the run failed. */
  void close() {
    try {
      log.close();
    } catch (UncheckedIOException e) {
      reporter.warn(Failure.line(e));
    }
  }

  /** Takes what a node reports of its actors; the answer to its heartbeat. */
  HeartbeatSender.Command heartbeat(String node, List<ActorState> states, List<Link> links) {
    reporter.heartbeat(node, states, links);
    return completion.heartbeatAnswer();
  }

  /** Reports the coordinator itself, who waits for what, and the ledger. */
  void tick(String node, Map<String, Double> own) {
    reporter.show(situation());
    if (!completion.isOver()) {
      reporter.self(node, own);
      reporter.counted(log.counts());
    }
  }

  private void reportPhase() {
    if (!completion.isOver()) {
      reporter.phase(phase(), schedule.committed());
    }
  }

  private RunPhase phase() {
    if (savingLast || schedule.stopsEarly()) {
      return savingLast ? RunPhase.SAVING : RunPhase.STOPPING;
    }
    if (learner == null || requests.paused()) {
      return learner == null ? RunPhase.STARTING : RunPhase.PAUSED;
    }
    return schedule.evaluating() ? RunPhase.EVALUATING : RunPhase.TRAINING;
  }

  /** Who waits for what at the moment, and what is known of the nodes. */
  Situation situation() {
    PoolTasks tasks = samples.tasks(scoring);
    return reporter.situation(waits(tasks, reporter.lastProgress()), tasks, samples.exhausted());
  }

  private List<Wait> waits(PoolTasks tasks, Instant since) {
    if (learner == null || requests.paused()) {
      return List.of(learner == null ? Wait.toOpen(since) : Wait.toResume(reporter.phaseSince()));
    }
    return training
        .map(Training::awaited)
        .or(() -> checkpoints.awaited(since))
        .map(List::of)
        .orElseGet(() -> samples.waits(tasks, since));
  }
}
