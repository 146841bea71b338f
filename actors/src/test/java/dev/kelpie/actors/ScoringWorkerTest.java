package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.Effect;
import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.work.ReferenceJob;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.scoring.LogprobScorer;
import dev.kelpie.wire.arrow.LogprobsArrow;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages between a scoring worker and the coordinator. */
@SuppressWarnings("NullAway.Init")
class ScoringWorkerTest {
  /** A scorer that can break. */
  private static final class Breakable implements LogprobScorer {
    final ToyScorer scorer = new ToyScorer();
    boolean broken;

    @Override
    public Map<String, Map<SampleId, PerToken>> score(List<Trajectory> trajectories) {
      if (broken) {
        throw new IllegalStateException("logits are NaN");
      }
      return scorer.score(trajectories);
    }

    @Override
    public boolean observe(WeightSnapshot published) {
      return scorer.observe(published);
    }

    @Override
    public void save(Path folder) {
      scorer.save(folder);
    }

    @Override
    public void restore(Path folder) {
      scorer.restore(folder);
    }

    @Override
    public void close() {
      scorer.close();
    }
  }

  private final Breakable scorer = new Breakable();
  private ToyWork work;
  private ReferenceJob job;
  private BehaviorTestKit<ScoringWorker.Command> worker;
  private ScoringWorker.Command askAgain;
  private ScoringWorker.ScoreUnit order;

  @BeforeEach
  void start(@TempDir Path temp) {
    work = new ToyWork(temp);
    job = new ReferenceJob(() -> scorer, work.files, work.folder, false);
    worker =
        BehaviorTestKit.create(
            ScoringWorker.create(
                new ScoringWorker.Setup(work.worker("scoring-1", Role.SCORING), job, 2)));
    askAgain = timer().msg();
    order = new ScoringWorker.ScoreUnit(ToyWork.unit().id(), work.responses(), -1);
  }

  @SuppressWarnings("unchecked")
  private Effect.TimerScheduled<ScoringWorker.Command> timer() {
    Effect.TimerScheduled<ScoringWorker.Command> timer =
        worker.expectEffectClass(Effect.TimerScheduled.class);
    assertThat(timer.duration()).isEqualTo(Duration.ofSeconds(2));
    return timer;
  }

  @AfterEach
  void close() {
    job.close();
    work.close();
  }

  private ReferenceMessage.ScoringReady ready() {
    return (ReferenceMessage.ScoringReady) work.coordinator.receiveMessage();
  }

  /** Carries out the oldest order. */
  private void finishOrder() {
    assertThat(work.runBackground()).isTrue();
    worker.runOne();
  }

  @Test
  void asksForWorkAsSoonAsItStarts() {
    ReferenceMessage.ScoringReady ready = ready();

    assertThat(ready.worker().name()).isEqualTo("scoring-1");
    assertThat(ready.worker().node()).isEqualTo("host:1");
    assertThat(ready.worker().threads()).isEqualTo(2);
    assertThat(ready.state()).isEqualTo(ReferenceState.START);
    assertThat(ready.address()).isEqualTo(worker.getRef());
  }

  @Test
  void asksAgainWhenNoAnswerComes() {
    ReferenceMessage.ScoringReady first = ready();

    worker.run(askAgain);

    assertThat(ready()).isEqualTo(first);
  }

  @Test
  void doesNotAskWhileAnOrderIsLeft() {
    ready();
    worker.run(order);
    worker.run(new ScoringWorker.Observe(work.weights(0)));

    worker.run(askAgain);
    assertThat(work.coordinator.hasMessages()).isFalse();

    finishOrder();
    work.coordinator.getAllReceived();
    worker.run(askAgain);
    assertThat(work.coordinator.hasMessages()).isFalse();

    finishOrder();
    worker.run(askAgain);
    ready();
  }

  @Test
  void answersWithItsFileAndAsksForMore() {
    ReferenceMessage.ScoringReady first = ready();
    worker.run(order);

    finishOrder();

    var answer = (ReferenceMessage.ReferenceScored) work.coordinator.receiveMessage();
    assertThat(answer.worker()).isEqualTo("scoring-1");
    assertThat(answer.unit()).isEqualTo(order.unit());
    assertThat(LogprobsArrow.read(Path.of(answer.file().path())))
        .isEqualTo(new ToyScorer().score(ToyWork.trajectories()));
    assertThat(ready()).isEqualTo(first);
    assertThat(work.activities())
        .containsExactly("starting", "scoring step-1-unit-0", "waiting for work");
  }

  @Test
  void sameUnitIsScoredAgainWhenTheAnswerWasLost() {
    ready();
    worker.run(order);
    finishOrder();
    var answer = (ReferenceMessage.ReferenceScored) work.coordinator.receiveMessage();
    ready();

    worker.run(order);
    finishOrder();

    var again = (ReferenceMessage.ReferenceScored) work.coordinator.receiveMessage();
    assertThat(again.file().sha256()).isEqualTo(answer.file().sha256());
  }

  @Test
  void asksWithTheStateThatItsReferenceHasReached() {
    PublishedWeights weights = work.weights(0);
    worker.run(new ScoringWorker.Observe(weights));
    finishOrder();
    work.coordinator.getAllReceived();

    worker.run(askAgain);

    assertThat(ready().state()).isEqualTo(ReferenceState.after(weights));
  }

  @Test
  void orderForAnotherStateIsNotCarriedOut() {
    ready();
    work.activities();
    worker.run(new ScoringWorker.ScoreUnit(order.unit(), order.file(), 3));

    finishOrder();

    assertThat(work.coordinator.hasMessages()).isFalse();
    assertThat(work.activities()).containsExactly("scoring step-1-unit-0", "waiting for weights");
    // The next request for work names the state.
    worker.run(askAgain);
    assertThat(ready().state()).isEqualTo(ReferenceState.START);
  }

  @Test
  void savesItsPartOfACheckpoint() {
    worker.run(new ScoringWorker.Observe(work.weights(0)));
    finishOrder();
    work.coordinator.getAllReceived();
    Path target = work.folder.checkpoints().resolve("reference");

    worker.run(new ScoringWorker.SaveReference(0, target.toString()));
    finishOrder();

    assertThat(work.coordinator.receiveMessage())
        .isEqualTo(new ReferenceMessage.ReferenceSaved("scoring-1", 0));
    assertThat(target.resolve("toy.txt")).isRegularFile();
  }

  @Test
  void failureIsReportedWithItsReason() {
    ready();
    scorer.broken = true;
    worker.run(order);

    finishOrder();

    assertThat(work.coordinator.getAllReceived())
        .isEqualTo(List.of(new Coordinator.PartFailed("scoring-1", "logits are NaN")));
    assertThat(work.activities()).endsWith("failed: logits are NaN");
  }
}
