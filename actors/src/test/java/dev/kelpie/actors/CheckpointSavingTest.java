package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.plan.CoreBudget;
import dev.kelpie.actors.plan.EvalGate;
import dev.kelpie.actors.plan.ReferenceCatchUp;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.config.CheckpointOptions;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Goal;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.BestEvaluation;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.ChunkedTicket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is asked to save what, when a scoring worker is lost on the way. */
public class CheckpointSavingTest {
  private final TestInbox<LearnerWorker.Command> learner = TestInbox.create();
  private final TestInbox<ScoringWorker.Command> first = TestInbox.create();
  private final TestInbox<ScoringWorker.Command> second = TestInbox.create();
  private @TempDir Path temp = Path.of("");
  private final List<RunLog> logs = new ArrayList<>();
  private RunFolder folder = new RunFolder(temp);

  @BeforeEach
  void open() {
    folder = new RunFolder(temp);
  }

  private RunLog log() {
    RunLog log = RunLog.open(folder.events(), 0, 0, 1);
    logs.add(log);
    return log;
  }

  @AfterEach
  void closeLogs() {
    logs.forEach(RunLog::close);
  }

  @Test
  void partOfALostWorkerIsSavedByTheNext() {
    ReferenceScoring scoring = moving();
    CheckpointSaving checkpoints = checkpoints(Optional.of(scoring));
    ready(scoring, "host:1", first);
    scoring.published(weights(0), Optional.empty());
    first.getAllReceived();

    checkpoints.save(0);
    assertThat(first.getAllReceived()).containsExactly(order(0));
    // The first is killed; its replacement is there before anybody knows.
    ready(scoring, "host:2", second);
    checkpoints.handle(readyMessage("host:2", second));
    assertThat(second.getAllReceived())
        .containsExactly(new ScoringWorker.Observe(weights(0)), order(0));
    assertThat(learner.hasMessages()).isFalse();
    assertThat(awaited(checkpoints)).isEqualTo(Work.REFERENCE);

    checkpoints.handle(new ReferenceMessage.ReferenceSaved("scoring@host:2", 0));
    checkpoints.handle(new ReferenceMessage.ReferenceSaved("scoring@host:2", 0));

    assertThat(learner.getAllReceived()).containsExactly(new LearnerWorker.SaveCheckpoint(0));
    assertThat(awaited(checkpoints)).isEqualTo(Work.CHECKPOINT);
    assertThat(checkpoints.saving()).contains(0L);
  }

  private static Work awaited(CheckpointSaving checkpoints) {
    return checkpoints.awaited(Instant.EPOCH).orElseThrow().work();
  }

  @Test
  void otherWorkerIsAskedWhenTheNodeOfTheFirstIsLost() {
    ReferenceScoring scoring = moving();
    CheckpointSaving checkpoints = checkpoints(Optional.of(scoring));
    ready(scoring, "host:1", first);
    ready(scoring, "host:2", second);
    checkpoints.save(0);
    first.getAllReceived();
    second.getAllReceived();

    scoring.nodeLost("host:1");
    checkpoints.nodeLost();

    assertThat(second.getAllReceived()).containsExactly(order(0));
    assertThat(first.hasMessages()).isFalse();
  }

  @Test
  void movingReferenceIsAwaitedWhenNobodyIsThere() {
    ReferenceScoring scoring = moving();
    CheckpointSaving checkpoints = checkpoints(Optional.of(scoring));

    checkpoints.save(0);
    assertThat(learner.hasMessages()).isFalse();
    ready(scoring, "host:1", first);
    checkpoints.handle(readyMessage("host:1", first));

    assertThat(first.getAllReceived()).containsExactly(order(0));
  }

  @Test
  void frozenReferenceHasNoPartAndNobodyIsAsked() {
    CheckpointSaving checkpoints = checkpoints(Optional.empty());

    checkpoints.save(3);

    assertThat(learner.getAllReceived()).containsExactly(new LearnerWorker.SaveCheckpoint(3));
  }

  @Test
  void bestCheckpointIsSavedWhenItsEvaluationIsThere() {
    try (RunLog log = RunLog.open(folder.events(), 0, 0, 1)) {
      CheckpointOptions options = new CheckpointOptions(0, 1, "eval/loss", Goal.MIN);
      CheckpointSaving checkpoints =
          new CheckpointSaving(
              folder, log, kept(options), reporter(), Optional.empty(), Optional.empty());
      checkpoints.learnerReady(learner.getRef());
      log.evaluated(0, Map.of("eval/loss", 3.0));
      checkpoints.keepBest(0);
      checkpoints.committed(1, new StepMetrics(1, Map.of("loss", 1.0)));
      log.evaluated(1, Map.of("eval/loss", Double.NaN));
      checkpoints.keepBest(1);
      log.evaluated(2, Map.of("eval/loss", 3.5));
      checkpoints.keepBest(2);
      assertThat(learner.hasMessages()).isFalse();
      assertThat(log.best("eval/loss")).contains(new BestEvaluation(0, "eval/loss", 3));

      // held-out pairs are measured by the learner, and are among the numbers of its step
      checkpoints.committed(3, new StepMetrics(3, Map.of("eval/loss", 2.0)));
      checkpoints.keepBest(3);
      checkpoints.keepBest(3);
      assertThat(learner.getAllReceived()).containsExactly(new LearnerWorker.SaveCheckpoint(3));

      CheckpointStore store = new CheckpointStore(folder.checkpoints());
      store.begin(3, "learner");
      store.commit(3, "ab".repeat(32), "cd".repeat(32));
      checkpoints.saved(
          new LearnerMessage.CheckpointSaved(3, 3, "ab".repeat(32), "cd".repeat(32), 0));
      assertThat(checkpoints.weights(3).bestCheckpoint()).isEmpty();
      checkpoints.keepBest(3);
      assertThat(checkpoints.weights(3).bestCheckpoint())
          .contains(folder.checkpoints().resolve("best-step-3"));
    }
    // a run that goes back before the best has the one before as its best
    try (RunLog log = RunLog.open(folder.events(), 0, 2, 1)) {
      assertThat(log.best("eval/loss")).contains(new BestEvaluation(0, "eval/loss", 3));
      assertThat(log.best("eval/reward/mean")).isEmpty();
    }
  }

  private ReferenceScoring moving() {
    RunReporter reporter = reporter();
    return new ReferenceScoring(
        new UnitTracker(ScoringNeed.TRAINING, 0, log(), reporter::warn),
        Optional.of(new ReferenceCatchUp(new ReferenceSnapshots(folder)::find, 2)),
        new CheckpointStore(folder.checkpoints()),
        "reference",
        new CoreBudget(),
        new StepMetricsCollector(1, () -> TrafficTotals.NONE, System::nanoTime, () -> 0),
        reporter,
        Instant::now);
  }

  private static RunReporter reporter() {
    return new RunReporter(
        TestInbox.<MetricsHub.Command>create().getRef(),
        Experiment.DEFAULTS,
        Optional::empty,
        Instant::now);
  }

  private CheckpointSaving checkpoints(Optional<ReferenceScoring> reference) {
    CheckpointSaving checkpoints =
        new CheckpointSaving(
            folder,
            log(),
            kept(CheckpointOptions.DEFAULTS),
            reporter(),
            reference,
            Optional.empty());
    checkpoints.learnerReady(learner.getRef());
    return checkpoints;
  }

  private static CheckpointSaving.Kept kept(CheckpointOptions options) {
    EvalOptions.Gate gate = EvalOptions.Gate.DEFAULTS;
    return new CheckpointSaving.Kept(options, gate, new EvalGate(gate, TreeMap::new));
  }

  private static void ready(
      ReferenceScoring scoring, String node, TestInbox<ScoringWorker.Command> inbox) {
    scoring.handle(readyMessage(node, inbox), Optional.empty());
  }

  private static ReferenceMessage readyMessage(
      String node, TestInbox<ScoringWorker.Command> inbox) {
    WorkerPool.Worker worker = new WorkerPool.Worker("scoring@" + node, node, 1, 1, 2);
    return new ReferenceMessage.ScoringReady(worker, ReferenceState.START, inbox.getRef());
  }

  private ScoringWorker.Command order(long step) {
    Path part = folder.checkpoints().resolve(".step-" + step).resolve("reference");
    return new ScoringWorker.SaveReference(step, part.toString());
  }

  public static PublishedWeights weights(long version) {
    String hash = String.format("%064d", version);
    return new PublishedWeights(
        "policy", new PolicyVersion(version), new ChunkedTicket("/v" + version, "", 1, hash), hash);
  }
}
