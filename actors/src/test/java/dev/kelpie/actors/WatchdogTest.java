package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.Effect;
import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The reports of the watchdog on stalls. */
@SuppressWarnings("NullAway.Init")
class WatchdogTest {
  private static final Instant START = Instant.ofEpochSecond(1000);

  private final TestInbox<Coordinator.Command> coordinator = TestInbox.create("coordinator");
  private final TestInbox<MetricsHub.Command> hub = TestInbox.create("hub");
  private final TestInbox<HeartbeatSender.Command> heartbeats = TestInbox.create("heartbeats");
  private Instant now = START;
  private BehaviorTestKit<Watchdog.Command> watchdog;
  private Watchdog.Command tick;

  @BeforeEach
  void start() {
    watchdog =
        BehaviorTestKit.create(
            Watchdog.create(
                coordinator.getRef(),
                hub.getRef(),
                new ActivityReporter(heartbeats.getRef(), "watchdog", "host:1", "watchdog"),
                Duration.ofSeconds(60),
                () -> now));
    tick = timer().msg();
  }

  @SuppressWarnings("unchecked")
  private Effect.TimerScheduled<Watchdog.Command> timer() {
    Effect.TimerScheduled<Watchdog.Command> timer =
        watchdog.expectEffectClass(Effect.TimerScheduled.class);
    // a quarter of the time after which a run counts as stalled
    assertThat(timer.duration()).isEqualTo(Duration.ofSeconds(15));
    return timer;
  }

  /** The coordinator answers at {@code second} that the last progress was at {@code progress}. */
  private void answer(int second, int progress) {
    now = START.plusSeconds(second);
    Instant last = START.plusSeconds(progress);
    watchdog.run(
        new Watchdog.Waits(
            new Situation(
                now,
                RunPhase.TRAINING,
                0,
                last,
                Duration.ofSeconds(60),
                List.of(
                    Wait.of("the responses of step-1-unit-0", Work.GENERATE, "rollout-1", last)),
                List.of(),
                Map.of(),
                Optional.empty(),
                Optional.empty())));
  }

  private static MetricsHub.Happened warning(String text) {
    return new MetricsHub.Happened(RunEvent.Level.WARNING, "watchdog", text);
  }

  @Test
  void asksTheCoordinatorAtEveryTick() {
    watchdog.run(tick);
    watchdog.run(tick);

    assertThat(coordinator.getAllReceived())
        .isEqualTo(
            List.of(
                new Coordinator.WhoWaits(watchdog.getRef()),
                new Coordinator.WhoWaits(watchdog.getRef())));
    assertThat(hub.hasMessages()).isFalse();
  }

  @Test
  void stallIsReportedOnceWithWhoWaitsForWhom() {
    answer(60, 0);
    assertThat(hub.hasMessages()).isFalse();

    answer(61, 0);
    answer(75, 0);

    assertThat(hub.getAllReceived())
        .isEqualTo(
            List.of(
                warning(
                    "no progress for 61 s: Generating a unit of a step takes longer than usual;"
                        + " there is no earlier one to compare it with. coordinator waits for the"
                        + " responses of step-1-unit-0 (61 s) <- rollout-1 works on it (61 s)")));
  }

  @Test
  void stallAfterMoreProgressIsReportedAgain() {
    answer(61, 0);
    hub.getAllReceived();
    answer(70, 65);
    assertThat(hub.hasMessages()).isFalse();

    answer(126, 65);

    assertThat(hub.getAllReceived()).hasSize(1);
  }

  @Test
  void coordinatorThatDoesNotAnswerIsReported() {
    answer(10, 10);
    now = START.plusSeconds(70);
    watchdog.run(tick);
    assertThat(hub.hasMessages()).isFalse();

    now = START.plusSeconds(71);
    watchdog.run(tick);

    assertThat(hub.getAllReceived())
        .isEqualTo(
            List.of(
                warning(
                    "no progress for 61 s: watchdog waits for an answer of the coordinator"
                        + " since 61 s")));
  }
}
