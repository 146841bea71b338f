package dev.kelpie.actors;

import static dev.kelpie.actors.CheckpointSavingTest.weights;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.Refills;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.StepSplit;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.file.FileTicket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A training loop whose workers are inboxes; no actor system runs. */
final class RecordedLoop implements AutoCloseable {
  static final FileTicket FILE = new FileTicket("/nowhere", "", 1, "0123456789abcdef".repeat(4));

  final TestInbox<RolloutWorker.Command> rollout = TestInbox.create();
  final TestInbox<RewardWorker.Command> reward = TestInbox.create();
  final TestInbox<ScoringWorker.Command> scoring = TestInbox.create();
  final TestInbox<LearnerWorker.Command> learner = TestInbox.create();
  final TestInbox<MetricsHub.Command> hub = TestInbox.create();
  final TestInbox<Node.Command> owner = TestInbox.create();
  final List<HeartbeatSender.RunEnded> announced = new ArrayList<>();
  final List<MetricsHub.Command> reported = new ArrayList<>();
  final RunLog log;
  final TrainingLoop loop;

  RecordedLoop(ToyRun run) {
    RunSetup setup = run.setup();
    log = RunLog.open(setup.folder().events(), setup.experiment().mostLag(), 0, 11);
    RolloutUnits units =
        new RolloutUnits(
            setup.experiment(),
            setup.train().get(),
            Optional.empty(),
            step -> TokenIds.empty(),
            new StepSplit(setup.experiment().rollout(), log::unitsOf, log::split),
            new Refills(
                setup.experiment().algorithm().dynamicSampling(),
                setup.experiment().rollout().promptsPerStep(),
                log::refilled));
    loop =
        new TrainingLoop(
            new TrainingLoop.Setup(
                setup.experiment(),
                setup.folder(),
                units,
                log,
                Optional.empty(),
                setup.scorer(),
                hub.getRef(),
                owner.getRef(),
                Instant::now),
            () -> TrafficTotals.NONE,
            Optional::empty,
            announced::add);
  }

  void learnerReady() {
    loop.handle(new LearnerMessage.LearnerReady(weights(0), Optional.empty(), learner.getRef()));
  }

  /** A rollout worker of a node asks; the unit that it gets, if any. */
  Optional<UnitId> rolloutReady(String node) {
    loop.handle(new SampleMessage.RolloutReady(worker("rollout", node), rollout.getRef()));
    return rollout.getAllReceived().stream()
        .filter(message -> message instanceof RolloutWorker.Generate)
        .map(message -> ((RolloutWorker.Generate) message).unit().id())
        .findFirst();
  }

  void generated(String node, UnitId unit) {
    loop.handle(new SampleMessage.Generated("rollout@" + node, unit, FILE, 9, 0, 0.1, 0));
  }

  void generateFailed(String node, UnitId unit) {
    loop.handle(new SampleMessage.GenerateFailed("rollout@" + node, unit, "no memory"));
  }

  /** One reward worker scores everything that waits. */
  void scoreAll() {
    WorkerPool.Worker self = worker("reward", "host:9");
    loop.handle(new SampleMessage.RewardReady(self, reward.getRef()));
    while (reward.hasMessages()) {
      RewardWorker.ScoreRows order = (RewardWorker.ScoreRows) reward.receiveMessage();
      RewardOutcome good = new RewardOutcome.Scored(new Score(1, Map.of()));
      List<RewardOutcome> outcomes = Collections.nCopies(order.to() - order.from(), good);
      loop.handle(
          new SampleMessage.RowsScored(self.name(), order.unit(), order.from(), outcomes, 0.1));
      loop.handle(new SampleMessage.RewardReady(self, reward.getRef()));
    }
  }

  /** A step's only unit is generated on a node and scored. */
  void sample(String node) {
    UnitId unit = rolloutReady(node).orElseThrow();
    generated(node, unit);
    scoreAll();
  }

  void scoringReady(ReferenceState state) {
    loop.handle(
        new ReferenceMessage.ScoringReady(worker("scoring", "host:1"), state, scoring.getRef()));
  }

  void trained(long step) {
    StepMetrics metrics = new StepMetrics(step, Map.of("loss", 0.5));
    loop.handle(
        new LearnerMessage.Trained(
            metrics, weights(step), "", Optional.empty(), List.of(), "", 0, 0.1, 0));
  }

  void checkpointSaved(long step) {
    loop.handle(
        new LearnerMessage.CheckpointSaved(
            step, step, "ab".repeat(32), weights(step).weightsSha256(), 0.1));
  }

  /** Everything that was reported so far. */
  List<MetricsHub.Command> reports() {
    reported.addAll(hub.getAllReceived());
    return reported;
  }

  /** Texts of the events so far. */
  List<String> events() {
    return reports().stream()
        .filter(report -> report instanceof MetricsHub.Happened)
        .map(report -> ((MetricsHub.Happened) report).text())
        .toList();
  }

  /** Phases so far, each with the steps committed: {@code training 1}. */
  List<String> phases() {
    return reports().stream()
        .filter(report -> report instanceof MetricsHub.ProgressChanged)
        .map(report -> ((MetricsHub.ProgressChanged) report).progress())
        .map(progress -> progress.phase().word() + " " + progress.step())
        .toList();
  }

  /** What is waited for first, and by whom it is done. */
  String waitsFor() {
    Wait first = loop.situation().waits().get(0);
    return first.what() + ", by " + (first.worker().isEmpty() ? "nobody" : first.worker());
  }

  private static WorkerPool.Worker worker(String kind, String node) {
    return new WorkerPool.Worker(kind + "@" + node, node, 1, 0, 1);
  }

  @Override
  public void close() {
    loop.close();
  }
}
