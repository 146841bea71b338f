package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.Reward;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in which a reward, an engine or the actor system fails. */
class RunNodeFailureTest {
  @Test
  void failedRewardsAreFailedAndNotZero(@TempDir Path temp) {
    Reward moody =
        new Reward() {
          @Override
          public Score score(Trajectory trajectory) throws Exception {
            int sample = trajectory.id().sample();
            if (sample == 1) {
              throw new IllegalStateException("no opinion");
            }
            if (sample == 2 && trajectory.id().group().index() == 0) {
              new CountDownLatch(1).await();
            }
            return new Score(1, Map.of());
          }

          @Override
          public String version() {
            return "moody";
          }
        };

    RunSummary summary = new ToyRun(temp).steps(2).reward(moody, Duration.ofMillis(200)).run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    // In each of 2 steps: sample 1 of 4 groups throws, sample 2 of the first group hangs.
    assertThat(summary.failedRewards()).isEqualTo(10);
    assertThat(summary.unequalGroups()).isZero();
    assertThat(summary.ledger().clean()).isTrue();
  }

  @Test
  void rewardWithoutMemoryEndsTheRunAfterThreeTries(@TempDir Path temp) {
    Reward hungry =
        new Reward() {
          @Override
          public Score score(Trajectory trajectory) {
            if (trajectory.id().group().step() == 2) {
              throw new OutOfMemoryError("no more");
            }
            return new Score(1, Map.of());
          }

          @Override
          public String version() {
            return "hungry";
          }
        };

    RunSummary summary =
        new ToyRun(temp).withoutEvaluation().reward(hungry, Duration.ofSeconds(10)).run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error().orElse(""))
        .contains("step-2-unit-")
        .contains("could not be scored 3 times")
        .contains("no more");
    assertThat(summary.steps()).isEqualTo(1);
    assertThat(summary.ledger().clean()).isTrue();
  }

  @Test
  void crashedWorkerIsRestartedAndItsUnitIssuedAgain(@TempDir Path temp) {
    String calm = new ToyRun(temp.resolve("calm")).run().policySha256();
    AtomicInteger calls = new AtomicInteger();

    RunSummary summary =
        new ToyRun(temp.resolve("crash"))
            .engines(
                () ->
                    new TrippingEngine(
                        unit -> {
                          if (calls.incrementAndGet() == 9) {
                            throw new AssertionError("the engine is broken");
                          }
                        }))
            .run();

    assertThat(summary.policySha256()).isEqualTo(calm);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().droppedBy()).containsKey("worker-failed");
  }

  @Test
  void unitThatAlwaysFailsEndsTheRunWithItsReason(@TempDir Path temp) {
    RunSummary summary =
        new ToyRun(temp)
            .engines(
                () ->
                    new TrippingEngine(
                        unit -> {
                          if (unit.id().step() == 2) {
                            throw new IllegalStateException("logits are NaN");
                          }
                        }))
            .run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error().orElse("")).contains("step-2").contains("logits are NaN");
    assertThat(summary.steps()).isEqualTo(1);
    assertThat(summary.ledger().inFlight()).isZero();
  }

  /** What Akka takes for the end of a JVM is the end of its actor system only. */
  @Test
  void fatalErrorEndsTheRunAndNotTheJvm(@TempDir Path temp) {
    RunSetup setup = new ToyRun(temp).withoutEvaluation().setup();
    PromptSource endless =
        new PromptSource() {
          @Override
          public long size() {
            return 1000;
          }

          @Override
          public Prompt at(long position) {
            // 4 prompts a step: the first of step 3
            if (position == 8) {
              throw new StackOverflowError();
            }
            return setup.train().get().at(position);
          }
        };
    RunSetup failing =
        new RunSetup(
            setup.experiment(),
            setup.folder(),
            setup.engines(),
            setup.trainer(),
            setup.scorer(),
            setup.reward(),
            () -> endless,
            setup.heldOut(),
            setup.rowLimits(),
            setup.notes(),
            false,
            "");
    try (RunNode node = RunNode.start(failing, ToyRun.SERIALIZED, InstantSource.system())) {
      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error())
          .contains("the actor system ended before the run was over; the log says why");
    }
  }

  @Test
  void errorWhileTheActorSystemStartsEndsTheRun(@TempDir Path temp) {
    Config broken =
        ConfigFactory.parseMap(Map.of("akka.extensions", List.of(Broken.class.getName())));
    try (RunNode node = RunNode.start(new ToyRun(temp).setup(), broken, InstantSource.system())) {
      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error()).contains("no stack left");
    }
  }

  /** A part of an actor system that cannot be made; Akka makes it by its name. */
  public static final class Broken {
    public Broken() {
      throw new StackOverflowError("no stack left");
    }
  }

  @Test
  void watchdogNamesWhoWaitsForWhom(@TempDir Path temp) {
    AtomicInteger held = new AtomicInteger(1);
    Consumer<RolloutUnit> hang =
        unit -> {
          while (unit.id().step() == 1
              && !unit.id().purpose().name().equals("EVAL")
              && held.get() == 1) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
          }
        };
    try (RunNode node =
        new ToyRun(temp)
            .steps(1)
            .stallAfter(Duration.ofSeconds(1))
            .engines(() -> new TrippingEngine(hang))
            .start()) {
      Await.that(
          node,
          "a word of the watchdog",
          () ->
              node.view().events().stream()
                  .anyMatch(
                      event ->
                          event.source().equals("watchdog")
                              && event.text().contains("the responses of step-1-unit-0")
                              && event.text().contains("<- rollout-1@")));
      held.set(0);
      assertThat(ToyRun.await(node).status()).isEqualTo(RunSummary.Status.FINISHED);
    }
  }
}
