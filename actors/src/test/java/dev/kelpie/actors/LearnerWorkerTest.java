package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.work.PublishingTrainer;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.runs.CheckpointStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages between the learner and the coordinator. */
@SuppressWarnings("NullAway.Init")
class LearnerWorkerTest {
  private ToyWork work;
  private PublishingTrainer trainer;
  private BehaviorTestKit<LearnerWorker.Command> learner;

  @BeforeEach
  void open(@TempDir Path temp) {
    work = new ToyWork(temp);
  }

  @AfterEach
  void close() {
    trainer.close();
    work.close();
  }

  private void start(Supplier<PolicyTrainer> trainers) {
    trainer =
        new PublishingTrainer(
            trainers,
            Experiment.DEFAULTS,
            work.files,
            work.folder,
            new CheckpointStore(work.folder.checkpoints()),
            Optional.empty());
    learner =
        BehaviorTestKit.create(
            LearnerWorker.create(
                new LearnerWorker.Setup(
                    work.worker("learner", Role.LEARNER), trainer, IterationOptions.DEFAULTS)));
  }

  /** Does the next task and lets the learner receive its result. */
  private void finishTask() {
    assertThat(work.runBackground()).isTrue();
    learner.runOne();
  }

  private LearnerWorker.Train stepOne() {
    RewardOutcome one = new RewardOutcome.Scored(new Score(1, Map.of()));
    return new LearnerWorker.Train(
        1,
        List.of(
            new ScoredUnit(
                ToyWork.unit().id(), work.responses(), List.of(one, one), Optional.empty())));
  }

  @Test
  void reportsTheWeightsItStartsFromAsSoonAsItsTrainerIsOpen() {
    start(() -> new ToyTrainer(Duration.ZERO));
    assertThat(work.coordinator.hasMessages()).isFalse();

    finishTask();

    var ready = (LearnerMessage.LearnerReady) work.coordinator.receiveMessage();
    assertThat(ready.weights()).isEqualTo(trainer.opened().weights());
    assertThat(ready.weights().version()).isEqualTo(new PolicyVersion(0));
    assertThat(ready.address()).isEqualTo(learner.getRef());
    assertThat(work.activities())
        .containsExactly("starting", "opening the policy", "waiting for step 1");
  }

  @Test
  void trainsAStepPublishesItsWeightsAndThenRecordsIt() {
    start(() -> new ToyTrainer(Duration.ZERO));
    finishTask();
    work.coordinator.getAllReceived();
    Path record = work.folder.rollouts().resolve("step-1.arrow");

    learner.run(stepOne());
    finishTask();

    var trained = (LearnerMessage.Trained) work.coordinator.receiveMessage();
    assertThat(trained.metrics().step()).isEqualTo(1);
    assertThat(trained.weights().version()).isEqualTo(new PolicyVersion(1));
    assertThat(Path.of(trained.weights().file().path())).isRegularFile();
    // The coordinator receives the weights before the step is recorded.
    assertThat(record).doesNotExist();
    finishTask();
    assertThat(record).isRegularFile();
    assertThat(work.coordinator.hasMessages()).isFalse();
  }

  @Test
  void reportsACheckpointWhenItIsComplete() {
    start(() -> new ToyTrainer(Duration.ZERO));
    finishTask();
    work.coordinator.getAllReceived();

    learner.run(new LearnerWorker.SaveCheckpoint(0));
    assertThat(work.coordinator.hasMessages()).isFalse();
    finishTask();

    var saved = (LearnerMessage.CheckpointSaved) work.coordinator.receiveMessage();
    assertThat(saved.step()).isZero();
    assertThat(work.folder.checkpoint(0).resolve("learner")).isDirectory();
  }

  @Test
  void trainerThatCannotBeMadeIsReportedWithTheReason() {
    start(
        () -> {
          throw new IllegalStateException("no weights there");
        });

    finishTask();

    assertThat(work.coordinator.getAllReceived())
        .isEqualTo(List.of(new Coordinator.PartFailed("learner", "no weights there")));
    assertThat(work.activities()).endsWith("failed: no weights there");
  }

  @Test
  void failedStepIsReportedWithItsReasonAndNotRecorded() {
    start(() -> new ToyTrainer(Duration.ZERO));
    finishTask();
    work.coordinator.getAllReceived();
    ScoredUnit unit = stepOne().units().get(0);
    List<RewardOutcome> failed =
        List.of(new RewardOutcome.Failed("no"), new RewardOutcome.Failed("no"));
    ScoredUnit withoutFile = new ScoredUnit(unit.unit(), work.goneFile(), failed, Optional.empty());

    learner.run(new LearnerWorker.Train(1, List.of(withoutFile)));
    finishTask();

    var failure = (Coordinator.PartFailed) work.coordinator.receiveMessage();
    assertThat(failure.part()).isEqualTo("learner");
    assertThat(failure.reason()).contains("gone.arrow");
    assertThat(work.background).isEmpty();
  }
}
