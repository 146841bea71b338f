package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.Effect;
import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.telemetry.Traffic;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.runs.RunSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The messages of a heartbeat sender to the coordinator and to its node. */
@SuppressWarnings("NullAway.Init")
class HeartbeatSenderTest {
  private final TestInbox<Coordinator.Command> coordinator = TestInbox.create("coordinator");
  private final TestInbox<Node.Command> owner = TestInbox.create("owner");
  private long nanos = 5;
  private BehaviorTestKit<HeartbeatSender.Command> sender;
  private HeartbeatSender.Command tick;

  @BeforeEach
  void start() {
    sender =
        BehaviorTestKit.create(
            HeartbeatSender.create(
                new HeartbeatSender.Setup(
                    "host:1",
                    coordinator.getRef(),
                    owner.getRef(),
                    new Traffic("host:1"),
                    () -> nanos)));
    tick = timer().msg();
  }

  @SuppressWarnings("unchecked")
  private Effect.TimerScheduled<HeartbeatSender.Command> timer() {
    Effect.TimerScheduled<HeartbeatSender.Command> timer =
        sender.expectEffectClass(Effect.TimerScheduled.class);
    assertThat(timer.duration()).isEqualTo(Duration.ofSeconds(1));
    return timer;
  }

  private Coordinator.Heartbeat heartbeat() {
    return (Coordinator.Heartbeat) coordinator.receiveMessage();
  }

  /** Lets seconds pass, with a tick after each. */
  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      nanos += Duration.ofSeconds(1).toNanos();
      sender.run(tick);
    }
  }

  private static HeartbeatSender.Report report(Activity activity, String doing, int second) {
    return new HeartbeatSender.Report(
        new ActorState(
            "learner",
            "host:1",
            "learner",
            activity,
            doing,
            Instant.ofEpochSecond(second),
            3,
            Map.of()));
  }

  @Test
  void sendsAHeartbeatAtOnceAndEverySecond() {
    Coordinator.Heartbeat first = heartbeat();
    assertThat(first.node()).isEqualTo("host:1");
    assertThat(first.replyTo()).isEqualTo(sender.getRef());
    assertThat(first.actors()).extracting(ActorState::name).containsExactly("lifeline@host:1");
    assertThat(coordinator.hasMessages()).isFalse();

    pass(2);

    assertThat(coordinator.getAllReceived()).hasSize(2);
  }

  @Test
  void nextHeartbeatCarriesWhatTheActorsHaveReported() {
    heartbeat();
    sender.run(report(Activity.TRAINING, "training step 1", 1));
    sender.run(report(Activity.WAITING, "waiting for a step", 2));

    pass(1);

    assertThat(heartbeat().actors())
        .filteredOn(actor -> actor.name().equals("learner"))
        .extracting(ActorState::doing)
        .containsExactly("training step 1", "waiting for a step");
    // Without news the newest state is repeated, so that a coordinator that restarts has it too.
    pass(1);
    assertThat(heartbeat().actors())
        .filteredOn(actor -> actor.name().equals("learner"))
        .extracting(ActorState::doing)
        .containsExactly("waiting for a step");
  }

  @Test
  void silentCoordinatorIsReportedOnceAndHeartbeatsContinue() {
    pass(8);
    assertThat(owner.getAllReceived()).doesNotContain(new Node.CoordinatorLost());

    pass(5);

    assertThat(owner.getAllReceived()).containsOnlyOnce(new Node.CoordinatorLost());
    // the first, and one after each of 13 seconds
    assertThat(coordinator.getAllReceived()).hasSize(14);
  }

  @Test
  void answersPutOffTheLoss() {
    pass(8);
    sender.run(new HeartbeatSender.HeartbeatAck());
    pass(8);
    assertThat(owner.getAllReceived()).doesNotContain(new Node.CoordinatorLost());

    pass(1);

    assertThat(owner.getAllReceived()).contains(new Node.CoordinatorLost());
  }

  @Test
  void coordinatorThatAnsweredAfterItsLossCanBeLostAgain() {
    pass(9);
    owner.getAllReceived();
    sender.run(new HeartbeatSender.HeartbeatAck());

    pass(9);

    assertThat(owner.getAllReceived()).contains(new Node.CoordinatorLost());
  }

  @Test
  void silenceOfTwoSecondsRaisesAQuestionEachSecondUntilAnAnswer() {
    pass(1);
    assertThat(owner.hasMessages()).isFalse();

    pass(3);
    assertThat(owner.getAllReceived())
        .isEqualTo(Collections.nCopies(3, new Node.CoordinatorSilent()));

    sender.run(new HeartbeatSender.HeartbeatAck());
    pass(1);
    assertThat(owner.hasMessages()).isFalse();
  }

  @Test
  void ownPauseIsNotTakenForTheCoordinatorsSilence() {
    nanos += Duration.ofMinutes(1).toNanos();

    sender.run(tick);

    assertThat(owner.hasMessages()).isFalse();
  }

  @Test
  void passesOnTheEndOfTheRun() {
    var ended = new HeartbeatSender.RunEnded(RunSummary.Status.FINISHED, 6, "", "0".repeat(64));

    sender.run(ended);

    assertThat(owner.getAllReceived()).isEqualTo(List.of(new Node.RunIsOver(ended)));
  }
}
