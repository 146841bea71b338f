package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.Effect;
import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.Reward;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages between a reward worker and the coordinator. */
@SuppressWarnings("NullAway.Init")
class RewardWorkerTest {
  /** 1 for the first sample of a prompt, a failure for the others. */
  private static final class FirstOnly implements Reward {
    @Override
    public Score score(Trajectory trajectory) {
      if (trajectory.id().sample() > 0) {
        throw new IllegalStateException("no opinion");
      }
      return new Score(1, Map.of());
    }

    @Override
    public String version() {
      return "first-only";
    }
  }

  private ToyWork work;
  private BehaviorTestKit<RewardWorker.Command> worker;
  private RewardWorker.Command askAgain;
  private RewardWorker.ScoreRows order;

  @BeforeEach
  void start(@TempDir Path temp) {
    work = new ToyWork(temp);
    worker =
        BehaviorTestKit.create(
            RewardWorker.create(
                new RewardWorker.Setup(
                    work.worker("reward-1", Role.REWARD),
                    new FirstOnly(),
                    Optional.empty(),
                    Set.of(),
                    Duration.ofSeconds(10),
                    1,
                    work.files)));
    askAgain = timer().msg();
    order =
        new RewardWorker.ScoreRows(
            ToyWork.unit().id(), work.responses(), 0, 2, Optional.empty(), Map.of());
  }

  @SuppressWarnings("unchecked")
  private Effect.TimerScheduled<RewardWorker.Command> timer() {
    Effect.TimerScheduled<RewardWorker.Command> timer =
        worker.expectEffectClass(Effect.TimerScheduled.class);
    assertThat(timer.duration()).isEqualTo(Duration.ofSeconds(2));
    return timer;
  }

  @AfterEach
  void close() {
    work.close();
  }

  private SampleMessage.RewardReady ready() {
    return (SampleMessage.RewardReady) work.coordinator.receiveMessage();
  }

  private void finishWork() {
    assertThat(work.runBackground()).isTrue();
    worker.runOne();
  }

  @Test
  void asksForWorkAsSoonAsItStarts() {
    SampleMessage.RewardReady ready = ready();

    assertThat(ready.worker().name()).isEqualTo("reward-1");
    assertThat(ready.worker().node()).isEqualTo("host:1");
    // rewards are not counted against the cores of their machine
    assertThat(ready.worker().threads()).isZero();
    assertThat(ready.address()).isEqualTo(worker.getRef());
  }

  @Test
  void asksAgainWhenNoAnswerComes() {
    SampleMessage.RewardReady first = ready();

    worker.run(askAgain);

    assertThat(ready()).isEqualTo(first);
  }

  @Test
  void neitherAsksNorTakesMoreWhileItWorks() {
    ready();
    worker.run(order);

    worker.run(askAgain);
    worker.run(order);

    assertThat(work.coordinator.hasMessages()).isFalse();
    assertThat(work.background).hasSize(1);
  }

  @Test
  void answersWithAnOutcomeForEachRowAndAsksForMore() {
    SampleMessage.RewardReady first = ready();
    worker.run(order);

    finishWork();

    var answer = (SampleMessage.RowsScored) work.coordinator.receiveMessage();
    assertThat(answer.worker()).isEqualTo("reward-1");
    assertThat(answer.unit()).isEqualTo(ToyWork.unit().id());
    assertThat(answer.fromRow()).isZero();
    assertThat(answer.outcomes())
        .containsExactly(
            new RewardOutcome.Scored(new Score(1, Map.of())),
            new RewardOutcome.Failed("java.lang.IllegalStateException: no opinion"));
    assertThat(ready()).isEqualTo(first);
    assertThat(work.activities())
        .containsExactly("starting", "scoring step-1-unit-0", "waiting for work");
  }

  @Test
  void scoresOnlyTheRowsOfItsOrder() {
    ready();
    worker.run(
        new RewardWorker.ScoreRows(order.unit(), order.file(), 1, 2, Optional.empty(), Map.of()));

    finishWork();

    var answer = (SampleMessage.RowsScored) work.coordinator.receiveMessage();
    assertThat(answer.fromRow()).isEqualTo(1);
    assertThat(answer.outcomes())
        .containsExactly(new RewardOutcome.Failed("java.lang.IllegalStateException: no opinion"));
  }

  @Test
  void sameRowsAreScoredAgainWhenTheAnswerWasLost() {
    ready();
    worker.run(order);
    finishWork();
    var answer = (SampleMessage.RowsScored) work.coordinator.receiveMessage();
    ready();

    worker.run(order);
    finishWork();

    var again = (SampleMessage.RowsScored) work.coordinator.receiveMessage();
    assertThat(again.outcomes()).isEqualTo(answer.outcomes());
    assertThat(again.fromRow()).isEqualTo(answer.fromRow());
  }

  @Test
  void rowsThatCannotBeReadAreReportedWithTheReason() {
    ready();
    worker.run(
        new RewardWorker.ScoreRows(
            order.unit(), work.goneFile(), 0, 2, Optional.empty(), Map.of()));

    finishWork();

    var failure = (SampleMessage.RewardFailed) work.coordinator.receiveMessage();
    assertThat(failure.worker()).isEqualTo("reward-1");
    assertThat(failure.unit()).isEqualTo(order.unit());
    assertThat(failure.reason()).contains("gone.arrow");
    assertThat(work.activities()).endsWith("failed: " + failure.reason());
    // It asks again only by its timer.
    assertThat(work.coordinator.hasMessages()).isFalse();
    worker.run(askAgain);
    ready();
  }
}
