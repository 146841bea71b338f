package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.Effect;
import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import dev.kelpie.actors.work.RolloutJob;
import dev.kelpie.experience.RolloutUnit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages between a rollout worker and the coordinator. */
@SuppressWarnings("NullAway.Init")
class RolloutWorkerTest {
  private static final RolloutUnit UNIT = ToyWork.unit();

  private final TrippingEngine engine = new TrippingEngine(unit -> this.before.accept(unit));
  private Consumer<RolloutUnit> before = unit -> {};
  private ToyWork work;
  private RolloutJob job;
  private BehaviorTestKit<RolloutWorker.Command> worker;
  private RolloutWorker.Command askAgain;
  private RolloutWorker.Generate order;

  @BeforeEach
  void start(@TempDir Path temp) {
    work = new ToyWork(temp);
    job = new RolloutJob(() -> engine, work.files, work.folder);
    worker =
        BehaviorTestKit.create(
            RolloutWorker.create(
                new RolloutWorker.Setup(work.worker("rollout-1", Role.ROLLOUT), job, 2)));
    askAgain = timer().msg();
    order = new RolloutWorker.Generate(UNIT, work.weights(0));
  }

  @SuppressWarnings("unchecked")
  private Effect.TimerScheduled<RolloutWorker.Command> timer() {
    Effect.TimerScheduled<RolloutWorker.Command> timer =
        worker.expectEffectClass(Effect.TimerScheduled.class);
    assertThat(timer.duration()).isEqualTo(Duration.ofSeconds(2));
    return timer;
  }

  @AfterEach
  void close() {
    job.close();
    work.close();
  }

  private SampleMessage.RolloutReady ready() {
    return (SampleMessage.RolloutReady) work.coordinator.receiveMessage();
  }

  /** Lets the worker do all that it has begun. */
  private void finishWork() {
    while (work.runBackground() || worker.selfInbox().hasMessages()) {
      while (worker.selfInbox().hasMessages()) {
        worker.runOne();
      }
    }
  }

  @Test
  void asksForWorkAsSoonAsItStarts() {
    SampleMessage.RolloutReady ready = ready();

    assertThat(ready.worker().name()).isEqualTo("rollout-1");
    assertThat(ready.worker().node()).isEqualTo("host:1");
    assertThat(ready.worker().threads()).isEqualTo(2);
    assertThat(ready.address()).isEqualTo(worker.getRef());
    assertThat(work.coordinator.hasMessages()).isFalse();
  }

  @Test
  void asksAgainWhenNoAnswerComes() {
    SampleMessage.RolloutReady first = ready();

    worker.run(askAgain);

    assertThat(ready()).isEqualTo(first);
  }

  @Test
  void doesNotAskWhileItWorks() {
    ready();
    worker.run(order);

    worker.run(askAgain);
    assertThat(work.coordinator.hasMessages()).isFalse();

    finishWork();
    work.coordinator.getAllReceived();
    worker.run(askAgain);
    assertThat(work.coordinator.hasMessages()).isTrue();
  }

  @Test
  void answersWithItsFileAndAsksForMore() {
    SampleMessage.RolloutReady first = ready();
    worker.run(order);

    finishWork();

    var answer = (SampleMessage.Generated) work.coordinator.receiveMessage();
    assertThat(answer.worker()).isEqualTo("rollout-1");
    assertThat(answer.unit()).isEqualTo(UNIT.id());
    assertThat(work.files.trajectories(answer.file())).isEqualTo(ToyWork.trajectories());
    assertThat(answer.tokens())
        .isEqualTo(ToyWork.trajectories().stream().mapToLong(row -> row.response().length()).sum());
    assertThat(ready()).isEqualTo(first);
    assertThat(work.activities())
        .containsSubsequence("starting", "generating 0 of 2 responses", "waiting for work");
  }

  @Test
  void repeatsItsLastAnswerWhenItGetsTheSameUnitAgain() {
    ready();
    worker.run(order);
    finishWork();
    var answer = work.coordinator.receiveMessage();
    ready();

    worker.run(order);

    assertThat(work.coordinator.receiveMessage()).isEqualTo(answer);
    ready();
    assertThat(work.background).isEmpty();
  }

  @Test
  void secondOrderWhileItWorksIsIgnored() {
    ready();
    worker.run(order);
    worker.run(new RolloutWorker.Generate(ToyWork.unit(1), order.weights()));

    finishWork();

    var answer = (SampleMessage.Generated) work.coordinator.receiveMessage();
    assertThat(answer.unit()).isEqualTo(UNIT.id());
    ready();
    assertThat(work.coordinator.hasMessages()).isFalse();
  }

  @Test
  void failedUnitIsReportedWithItsReason() {
    ready();
    before =
        unit -> {
          throw new IllegalStateException("logits are NaN");
        };
    worker.run(order);

    finishWork();

    // It asks again only by its timer, so that another worker gets the unit first.
    assertThat(work.coordinator.getAllReceived())
        .isEqualTo(
            List.of(new SampleMessage.GenerateFailed("rollout-1", UNIT.id(), "logits are NaN")));
    assertThat(work.activities()).endsWith("failed: logits are NaN");
    worker.run(askAgain);
    ready();
  }

  @Test
  void errorIsReportedAndThrownSoThatTheWorkerIsRestarted() {
    ready();
    before =
        unit -> {
          throw new AssertionError("the engine is broken");
        };
    worker.run(order);

    assertThatThrownBy(this::finishWork)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("java.lang.AssertionError: the engine is broken");
    assertThat(work.coordinator.getAllReceived())
        .containsExactly(
            new SampleMessage.GenerateFailed(
                "rollout-1", UNIT.id(), "java.lang.AssertionError: the engine is broken"));
  }

  @Test
  void withoutWorkItReleasesItsWeights() {
    worker.run(order);
    finishWork();
    assertThat(engine.version()).isPresent();
    work.activities();

    worker.run(new RolloutWorker.NoWork(false));
    finishWork();

    assertThat(engine.version()).isEmpty();
    assertThat(work.activities()).containsExactly("waiting for new weights");
  }

  @Test
  void drainedWorkerReportsIt() {
    work.activities();

    worker.run(new RolloutWorker.NoWork(true));
    finishWork();

    assertThat(work.activities()).containsExactly("drained");
  }

  @Test
  void unitAtHandIsFinishedBeforeItIsDrained() {
    ready();
    worker.run(order);

    worker.run(new RolloutWorker.NoWork(true));
    assertThat(work.background).hasSize(1);
    finishWork();

    assertThat(work.coordinator.receiveMessage()).isInstanceOf(SampleMessage.Generated.class);
    assertThat(engine.version()).isPresent();
  }
}
