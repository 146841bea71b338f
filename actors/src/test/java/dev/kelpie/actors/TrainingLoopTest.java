package dev.kelpie.actors;

import static dev.kelpie.actors.CheckpointSavingTest.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.plan.CannotContinue;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.runs.RunSummary;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the coordinator does on each message, without an actor system. */
class TrainingLoopTest {
  private static final UnitId FIRST = new UnitId(Purpose.ROLLOUT, 1, 0, 0);
  private static final UnitId SECOND = new UnitId(Purpose.ROLLOUT, 2, 0, 0);

  private @TempDir Path temp = Path.of("");

  @Test
  void completeStepIsTrainedCommittedAndReported() {
    try (RecordedLoop run = loop()) {
      assertThat(run.waitsFor()).isEqualTo("the policy to be opened, by learner");
      assertThat(run.rolloutReady("host:1")).isEmpty();
      run.learnerReady();
      assertThat(run.rolloutReady("host:1")).contains(FIRST);
      assertThat(run.waitsFor()).isEqualTo("the responses of step-1-unit-0, by rollout@host:1");
      run.generated("host:1", FIRST);
      assertThat(run.learner.hasMessages()).isFalse();
      run.scoreAll();

      LearnerWorker.Train order = (LearnerWorker.Train) run.learner.receiveMessage();
      assertThat(order.step()).isEqualTo(1);
      // Four prompts, three samples each.
      assertThat(order.units().get(0).outcomes()).hasSize(12);
      assertThat(run.waitsFor()).isEqualTo("step 1 to be trained, by learner");
      // Version 0 is all there is: the next step waits for its weights.
      assertThat(run.rolloutReady("host:1")).isEmpty();
      run.trained(1);

      assertThat(run.log.counts()).containsEntry("consumed", 12L);
      assertThat(run.rollout.getAllReceived())
          .anyMatch(
              message ->
                  message instanceof RolloutWorker.Generate next
                      && next.unit().id().equals(SECOND)
                      && next.weights().equals(weights(1)));
      assertThat(run.reports())
          .anyMatch(
              report ->
                  report instanceof MetricsHub.Numbers numbers
                      && numbers.metrics().step() == 1
                      && numbers.metrics().get("loss") == 0.5
                      && numbers.metrics().get("staleness/max") == 0);
      assertThat(run.phases()).containsExactly("starting 0", "training 0", "training 1");
    }
  }

  @Test
  void resultThatNobodyAwaitsChangesNothing() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      run.sample("host:1");
      run.learner.getAllReceived();

      run.generated("host:1", FIRST);
      run.scoreAll();
      run.trained(1);
      run.trained(1);

      assertThat(run.learner.hasMessages()).isFalse();
      assertThat(run.log.counts()).containsEntry("consumed", 12L).containsEntry("received", 12L);
    }
  }

  @Test
  void learnerThatStartsAgainGetsTheStep() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      UnitId unit = run.rolloutReady("host:1").orElseThrow();
      TestInbox<LearnerWorker.Command> again = TestInbox.create();

      run.loop.handle(
          new LearnerMessage.LearnerReady(weights(0), Optional.empty(), again.getRef()));
      run.generated("host:1", unit);
      run.scoreAll();

      assertThat(again.receiveMessage()).isInstanceOf(LearnerWorker.Train.class);
      assertThat(run.learner.hasMessages()).isFalse();
      run.loop.handle(new OperatorRequest.SaveNow());
      run.trained(1);
      assertThat(again.receiveMessage()).isEqualTo(new LearnerWorker.SaveCheckpoint(1));
    }
  }

  @Test
  void workOfALostNodeGoesToAnother() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      assertThat(run.rolloutReady("host:1")).contains(FIRST);

      run.loop.nodeLost("host:1");

      assertThat(run.rolloutReady("host:2")).contains(FIRST.retry());
      assertThat(run.events())
          .containsExactly(
              "node host:1 is silent; its work goes to others",
              "step-1-unit-0 is issued again: host:1 is lost");
      assertThat(run.reports()).contains(new MetricsHub.NodeGone("host:1", false));
      run.generated("host:1", FIRST);
      assertThat(run.log.counts()).containsEntry("received", 0L).containsEntry("dropped", 12L);
    }
  }

  @Test
  void thirdFailureOfAUnitIsThrown() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      UnitId second = fail(run, run.rolloutReady("host:1").orElseThrow());
      UnitId third = fail(run, second);

      assertThatThrownBy(() -> run.generateFailed("host:1", third))
          .isInstanceOf(CannotContinue.class)
          .hasMessage("step-1-unit-0-attempt-2 failed 3 times; rollout@host:1: no memory");
    }
  }

  private static UnitId fail(RecordedLoop run, UnitId unit) {
    run.generateFailed("host:1", unit);
    return run.rolloutReady("host:1").orElseThrow();
  }

  @Test
  void pauseBeginsWhenWorkIsFinishedAndResumeGoesOn() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      UnitId unit = run.rolloutReady("host:1").orElseThrow();

      run.loop.handle(new OperatorRequest.Pause());
      assertThat(run.phases()).endsWith("training 0");
      run.generated("host:1", unit);
      run.scoreAll();

      assertThat(run.learner.hasMessages()).isFalse();
      assertThat(run.phases()).endsWith("paused 0");
      assertThat(run.waitsFor()).isEqualTo("a request to resume, by nobody");
      assertThat(run.rolloutReady("host:1")).isEmpty();

      run.loop.handle(new OperatorRequest.Resume());

      assertThat(run.learner.receiveMessage()).isInstanceOf(LearnerWorker.Train.class);
      assertThat(run.phases()).endsWith("training 0");
      assertThat(run.events()).endsWith("paused by request after step 0", "resumed after step 0");
    }
  }

  @Test
  void checkpointThatWasAskedForIsSavedAfterTheStep() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      run.sample("host:1");
      run.learner.getAllReceived();

      run.loop.handle(new OperatorRequest.SaveNow());
      assertThat(run.learner.hasMessages()).isFalse();
      run.trained(1);

      assertThat(run.learner.getAllReceived()).containsExactly(new LearnerWorker.SaveCheckpoint(1));
      assertThat(run.waitsFor()).isEqualTo("checkpoint 1, by learner");
      run.checkpointSaved(1);
      run.loop.handle(new OperatorRequest.SaveNow());
      assertThat(run.learner.hasMessages()).isFalse();
      assertThat(run.events())
          .endsWith("checkpoint of step 1 saved", "checkpoint of step 1 was saved before");
    }
  }

  @Test
  void drainedWorkerGetsNoUnit() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      run.rolloutReady("host:1");
      run.rolloutReady("host:2");

      run.loop.handle(new OperatorRequest.Drain("rollout@host:2"));
      run.loop.nodeLost("host:1");

      assertThat(run.rolloutReady("host:2")).isEmpty();
      assertThat(run.events()).contains("rollout@host:2 drained");
      assertThat(run.rolloutReady("host:3")).contains(FIRST.retry());
    }
  }

  @Test
  void stopFinishesTheStepSavesAndEnds() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      run.sample("host:1");
      run.learner.getAllReceived();

      run.loop.handle(new OperatorRequest.Stop());
      run.loop.handle(new OperatorRequest.Stop());
      run.trained(1);
      assertThat(run.rolloutReady("host:1")).isEmpty();
      assertThat(run.learner.getAllReceived()).containsExactly(new LearnerWorker.SaveCheckpoint(1));
      run.checkpointSaved(1);

      assertThat(run.phases())
          .containsExactly("starting 0", "training 0", "stopping 0", "saving 1", "done 1");
      RunSummary summary = summary(run);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.STOPPED);
      assertThat(summary.steps()).isEqualTo(1);
      assertThat(summary.policySha256()).isEqualTo("ab".repeat(32));
      assertThat(summary.ledger().clean()).isTrue();
    }
  }

  @Test
  void unitsUnderWayAreDroppedWhenAPartFails() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      run.rolloutReady("host:1");

      run.loop.fail("learner: no memory");
      run.loop.fail("rollout-1: no memory");

      RunSummary summary = summary(run);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error()).contains("learner: no memory");
      assertThat(summary.ledger().clean()).isTrue();
      assertThat(run.log.counts()).containsEntry("dropped", 12L);
      assertThat(run.announced)
          .containsExactly(
              new HeartbeatSender.RunEnded(RunSummary.Status.FAILED, 0, "learner: no memory", ""));
      assertThat(run.loop.heartbeat("host:1", List.of(), List.of()))
          .isEqualTo(run.announced.get(0));
      assertThat(run.rolloutReady("host:2")).isEmpty();
      assertThat(run.phases()).endsWith("done 0");
    }
  }

  @Test
  void runWhoseJournalCannotBeWrittenStillEnds() {
    try (RecordedLoop run = loop()) {
      run.learnerReady();
      run.sample("host:1");
      // A closed journal cannot be brought to disk, as on a disk that is full.
      run.log.close();

      assertThatThrownBy(() -> run.trained(1)).isInstanceOf(UncheckedIOException.class);
      run.loop.fail("coordinator: no space left");

      RunSummary summary = summary(run);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error()).contains("coordinator: no space left");
      assertThat(summary.ledger().checked()).isFalse();
      assertThat(run.announced).hasSize(1);
    }
  }

  @Test
  void referenceIsBroughtUpBeforeItScores() {
    try (RecordedLoop run = new RecordedLoop(toy().scored())) {
      run.learnerReady();
      run.scoringReady(ReferenceState.START);
      assertThat(run.scoring.getAllReceived())
          .containsExactly(new ScoringWorker.Observe(weights(0)));
      run.sample("host:1");

      assertThat(run.scoring.getAllReceived())
          .containsExactly(new ScoringWorker.ScoreUnit(FIRST, RecordedLoop.FILE, 0));
      assertThat(run.learner.hasMessages()).isFalse();
      run.loop.handle(
          new ReferenceMessage.ReferenceScored(
              "scoring@host:1", FIRST, RecordedLoop.FILE, 0.1, Lookups.NONE));

      LearnerWorker.Train order = (LearnerWorker.Train) run.learner.receiveMessage();
      assertThat(order.units().get(0).numbers()).contains(RecordedLoop.FILE);
    }
  }

  @Test
  void referenceThatIsLostForGoodEndsTheRun() {
    try (RecordedLoop run = new RecordedLoop(toy().scored())) {
      // The learner goes on from version 7, of which no state of the reference is left.
      run.loop.handle(
          new LearnerMessage.LearnerReady(weights(7), Optional.empty(), run.learner.getRef()));

      assertThatThrownBy(() -> run.scoringReady(ReferenceState.START))
          .isInstanceOf(CannotContinue.class)
          .hasMessageStartingWith("the reference (opened anew) was lost");
    }
  }

  private RecordedLoop loop() {
    return new RecordedLoop(toy());
  }

  /** Three steps of one unit each, without evaluations and checkpoints. */
  private ToyRun toy() {
    return new ToyRun(temp).steps(3).unitPrompts(4).checkpointEvery(0).withoutEvaluation();
  }

  private static RunSummary summary(RecordedLoop run) {
    RunSummary summary = ((Node.RunEnds) run.owner.receiveMessage()).summary();
    assertThat(run.owner.hasMessages()).isFalse();
    return summary;
  }
}
