package dev.kelpie.experience.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.waiting.Diagnosis.Cause;
import dev.kelpie.experience.waiting.Diagnosis.Level;
import dev.kelpie.experience.waiting.Diagnosis.Link;
import dev.kelpie.experience.waiting.NodeStatus.Presence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Diagnoses of states made by hand; "now" is second 1000. */
class DiagnosisTest {
  private static final Instant NOW = Instant.ofEpochSecond(1000);
  private static final String LEARNER = "host:1";
  private static final String OTHER = "host:2";

  private final List<Wait> waits = new ArrayList<>();
  private final List<NodeStatus> nodes = new ArrayList<>();
  private final Map<Work, Usual> usual = new EnumMap<>(Work.class);
  private RunPhase phase = RunPhase.TRAINING;
  private Instant at = NOW;
  private Optional<String> budget = Optional.empty();
  private Optional<Situation.Refusal> refused = Optional.empty();

  private static Instant ago(int seconds) {
    return NOW.minusSeconds(seconds);
  }

  private static ActorState actor(String name, String node, Activity activity, String doing) {
    String role = name.replaceAll("-.*", "");
    return new ActorState(name, node, role, activity, doing, ago(30), -1, Map.of());
  }

  private static ActorState lacking(ActorState state, Waiting.Kind kind, String what, int since) {
    return new ActorState(
        state.name(),
        state.node(),
        state.role(),
        state.activity(),
        state.doing(),
        state.since(),
        state.version(),
        state.numbers(),
        Optional.of(new Waiting(kind, what, ago(since))));
  }

  private void node(Presence presence, int silent, ActorState... actors) {
    nodes.add(
        new NodeStatus(
            actors[0].node(), presence, ago(500), ago(silent), List.of(actors), List.of()));
  }

  /** The learner waits for step 12. */
  private void idleLearner() {
    ActorState learner = actor("learner", LEARNER, Activity.WAITING, "waiting for step 12");
    node(Presence.PRESENT, 0, lacking(learner, Waiting.Kind.STEP, "step 12", 44));
  }

  private void rollout(Presence presence, int silent, Activity activity, String doing) {
    node(presence, silent, actor("rollout-2", OTHER, activity, doing));
  }

  private void waitsFor(Work work, String worker, int since) {
    waits.add(Wait.of("a part of step-12-unit-3", work, worker, ago(since)));
  }

  private Situation situation() {
    return new Situation(
        at, phase, 11, ago(40), Duration.ofMinutes(2), waits, nodes, usual, budget, refused);
  }

  private Diagnosis diagnosis() {
    return Diagnosis.of(situation(), NOW);
  }

  private void assertThatItIs(Level level, Cause cause) {
    assertThat(diagnosis())
        .extracting(Diagnosis::level, Diagnosis::cause)
        .as(diagnosis().toString())
        .containsExactly(level, cause);
  }

  @Test
  void chainLeadsFromTheLearnerToTheSilentWorker() {
    idleLearner();
    rollout(Presence.PRESENT, 41, Activity.GENERATING, "generating 3 of 8 responses");
    waitsFor(Work.GENERATE, "rollout-2", 43);

    assertThatItIs(Level.STUCK, Cause.WORKER_SILENT);
    assertThat(diagnosis().chain())
        .containsExactly(
            new Link("learner", "waits for step 12", ago(44)),
            new Link("coordinator", "waits for a part of step-12-unit-3", ago(43)),
            new Link("rollout-2", "is silent", ago(41)));
    assertThat(diagnosis().since()).isEqualTo(ago(41));
    assertThat(diagnosis().line(NOW))
        .endsWith(
            "learner waits for step 12 (44 s) <- coordinator waits for a part of step-12-unit-3"
                + " (43 s) <- rollout-2 is silent (41 s)");
  }

  @Test
  void lostWorkerIsNamedWhenNoOtherIsThere() {
    idleLearner();
    rollout(Presence.LOST, 300, Activity.GENERATING, "generating 3 of 8 responses");
    waitsFor(Work.GENERATE, "", 295);

    assertThatItIs(Level.STUCK, Cause.WORKER_SILENT);
    assertThat(diagnosis().chain().get(2)).isEqualTo(new Link("rollout-2", "is silent", ago(300)));
  }

  @Test
  void lostWorkerIsANoteWhenAnotherDoesItsWork() {
    idleLearner();
    rollout(Presence.LOST, 60, Activity.GENERATING, "generating 3 of 8 responses");
    node(
        Presence.PRESENT,
        1,
        actor("rollout-3", "host:3", Activity.GENERATING, "generating 1 of 8 responses"));
    waitsFor(Work.GENERATE, "rollout-3", 2);

    assertThatItIs(Level.FINE, Cause.NONE);
    assertThat(diagnosis().notes())
        .containsExactly(new Link(OTHER, "(rollout) is silent", ago(60)));
  }

  @Test
  void workThatTakesAsLongAsUsualIsFineAndLongerIsSlow() {
    idleLearner();
    rollout(Presence.PRESENT, 1, Activity.GENERATING, "generating 3 of 8 responses");
    usual.put(Work.GENERATE, new Usual(9, 15, 20));
    waitsFor(Work.GENERATE, "rollout-2", 60); // 3 times the longest: not yet longer
    assertThatItIs(Level.FINE, Cause.NONE);

    waits.clear();
    waitsFor(Work.GENERATE, "rollout-2", 61);
    assertThatItIs(Level.SLOW, Cause.SLOW);
    assertThat(diagnosis().headline())
        .isEqualTo(
            "Generating a unit of a step takes longer than usual; the longest so far took 20.0 s.");
  }

  @Test
  void shortWorkIsNotSlowWithinTenSeconds() {
    idleLearner();
    rollout(Presence.PRESENT, 1, Activity.GENERATING, "generating 3 of 8 responses");
    usual.put(Work.GENERATE, new Usual(9, 0.1, 0.2));
    waitsFor(Work.GENERATE, "rollout-2", 10);

    assertThatItIs(Level.FINE, Cause.NONE);
  }

  @Test
  void workWithoutHistoryIsSlowOnlyAfterTheTimeOfAStall() {
    idleLearner();
    rollout(Presence.PRESENT, 1, Activity.GENERATING, "generating 3 of 8 responses");
    waitsFor(Work.GENERATE, "rollout-2", 120);
    assertThatItIs(Level.FINE, Cause.NONE);

    waits.clear();
    waitsFor(Work.GENERATE, "rollout-2", 121);
    assertThatItIs(Level.SLOW, Cause.SLOW);
  }

  @Test
  void slowRewardIsNamedWithWhatItWaitsFor() {
    idleLearner();
    ActorState reward = actor("reward-1", OTHER, Activity.SCORING, "scoring step-12-unit-3");
    node(
        Presence.PRESENT,
        0,
        lacking(reward, Waiting.Kind.REWARD, "the rewards of 8 responses", 25));
    usual.put(Work.REWARD, new Usual(90, 0.1, 0.3));
    waitsFor(Work.REWARD, "reward-1", 26);

    assertThatItIs(Level.SLOW, Cause.REWARD_SLOW);
    assertThat(diagnosis().chain().get(2))
        .isEqualTo(new Link("reward-1", "waits for the rewards of 8 responses", ago(25)));
  }

  @Test
  void weightsAndResponsesAndModelsThatDoNotComeAreNamed() {
    Map<Waiting.Kind, Cause> causes =
        Map.of(
            Waiting.Kind.WEIGHTS,
            Cause.WEIGHTS_MISSING,
            Waiting.Kind.RESPONSES,
            Cause.RESPONSES_MISSING,
            Waiting.Kind.MODEL,
            Cause.MODEL_OPENING);
    causes.forEach(
        (kind, cause) -> {
          nodes.clear();
          waits.clear();
          idleLearner();
          ActorState state = actor("rollout-2", OTHER, Activity.GENERATING, "generating 0 of 8");
          node(Presence.PRESENT, 0, lacking(state, kind, "weights v11", 20));
          usual.put(Work.GENERATE, new Usual(9, 1, 2));
          waitsFor(Work.GENERATE, "rollout-2", 21);
          assertThatItIs(Level.SLOW, cause);
        });
  }

  @Test
  void fullDiskAndRefusedCertificateAreReadOffTheFailure() {
    Map<String, Cause> causes =
        Map.of(
            "failed: No space left on device",
            Cause.DISK_FULL,
            "failed: PKIX path validation failed: certificate expired",
            Cause.CERTIFICATE_REFUSED,
            "failed: no memory",
            Cause.WORKER_FAILED);
    causes.forEach(
        (doing, cause) -> {
          nodes.clear();
          waits.clear();
          idleLearner();
          rollout(Presence.PRESENT, 0, Activity.FAILED, doing);
          waitsFor(Work.GENERATE, "", 2);
          assertThatItIs(Level.STUCK, cause);
        });
  }

  @Test
  void refusedCertificateIsTheCauseWhereNoWorkerIsThere() {
    idleLearner();
    refused = Optional.of(new Situation.Refusal(ago(3), "CN=10.0.0.8: NotAfter: yesterday"));
    waitsFor(Work.GENERATE, "", 12);

    assertThatItIs(Level.STUCK, Cause.CERTIFICATE_REFUSED);
    assertThat(diagnosis().headline()).contains("CN=10.0.0.8: NotAfter: yesterday");

    // An old one, or one of somebody whom nobody misses, is a note.
    refused = Optional.of(new Situation.Refusal(ago(31), "CN=10.0.0.8: NotAfter: yesterday"));
    assertThatItIs(Level.FINE, Cause.NO_WORKER);
    assertThat(diagnosis().notes()).hasSize(1);
  }

  @Test
  void roleThatNobodyHasYetIsMissedAfterThirtySeconds() {
    idleLearner();
    waitsFor(Work.REWARD, "", 30);
    assertThatItIs(Level.FINE, Cause.NO_WORKER);

    waits.clear();
    waitsFor(Work.REWARD, "", 31);
    assertThatItIs(Level.STUCK, Cause.NO_WORKER);
    assertThat(diagnosis().headline()).isEqualTo("No reward worker takes work: none has joined.");
  }

  @Test
  void drainedWorkersAreTheCause() {
    idleLearner();
    rollout(Presence.PRESENT, 0, Activity.DRAINED, "drained");
    waitsFor(Work.GENERATE, "", 20);
    assertThatItIs(Level.STUCK, Cause.DRAINED);

    nodes.clear();
    idleLearner();
    rollout(Presence.LEFT, 200, Activity.DRAINED, "drained");
    assertThatItIs(Level.STUCK, Cause.DRAINED);
  }

  @Test
  void spentBudgetIsTheCause() {
    idleLearner();
    budget = Optional.of("reward.quality.budget: 500 calls");
    waitsFor(Work.REWARD, "", 1);

    assertThatItIs(Level.STUCK, Cause.BUDGET_SPENT);
  }

  @Test
  void pauseIsNoAlarm() {
    idleLearner();
    phase = RunPhase.PAUSED;
    waits.add(Wait.toResume(ago(3600)));

    assertThatItIs(Level.ASKED, Cause.PAUSED);
    assertThat(diagnosis().level().alarms()).isFalse();
  }

  @Test
  void coordinatorThatReportsNothingIsNamed() {
    at = ago(11);
    idleLearner();

    assertThatItIs(Level.STUCK, Cause.COORDINATOR_SILENT);
  }

  @Test
  void worstWaitComesFirstAndTheOthersAreNamed() {
    idleLearner();
    rollout(Presence.PRESENT, 20, Activity.GENERATING, "generating 3 of 8 responses");
    node(
        Presence.PRESENT,
        0,
        actor("rollout-3", "host:3", Activity.GENERATING, "generating 1 of 8 responses"));
    waitsFor(Work.GENERATE, "rollout-3", 90);
    waitsFor(Work.GENERATE, "rollout-2", 21);

    assertThat(diagnosis().chain().get(2).actor()).isEqualTo("rollout-2");
    assertThat(diagnosis().others())
        .containsExactly(new Link("rollout-3", "generating 1 of 8 responses", ago(90)));
  }

  @Test
  void trainingIsWaitedForByTheCoordinatorAlone() {
    node(Presence.PRESENT, 0, actor("learner", LEARNER, Activity.TRAINING, "training step 12"));
    waits.add(Wait.ofLearner("step 12 to be trained", Work.TRAIN, ago(5)));

    assertThatItIs(Level.FINE, Cause.NONE);
    assertThat(diagnosis().chain())
        .containsExactly(
            new Link("coordinator", "waits for step 12 to be trained", ago(5)),
            new Link("learner", "training step 12", ago(5)));
  }

  @Test
  void clockThatWasSetChangesNothing() {
    idleLearner();
    rollout(Presence.PRESENT, 1, Activity.GENERATING, "generating 3 of 8 responses");
    waitsFor(Work.GENERATE, "rollout-2", 60);
    Situation before = situation();
    Duration hour = Duration.ofHours(1);

    Diagnosis after = Diagnosis.of(before.shifted(hour), NOW.plus(hour));

    assertThat(after.level()).isEqualTo(Level.FINE);
    assertThat(Diagnosis.of(before, NOW.plus(hour)).cause()).isEqualTo(Cause.COORDINATOR_SILENT);
  }

  @Test
  void clockOfAnotherHostIsNotBelievedWhereItCannotBeRight() {
    idleLearner();
    ActorState state = actor("rollout-2", OTHER, Activity.GENERATING, "generating 0 of 8");
    node(Presence.PRESENT, 0, lacking(state, Waiting.Kind.WEIGHTS, "weights v11", 3600));
    waitsFor(Work.GENERATE, "rollout-2", 5);

    assertThat(diagnosis().chain().get(2))
        .isEqualTo(new Link("rollout-2", "waits for weights v11", ago(5)));
  }

  @Test
  void runThatHasEndedIsFine() {
    phase = RunPhase.DONE;
    at = ago(100);

    assertThatItIs(Level.FINE, Cause.NONE);
    assertThat(diagnosis().headline()).isEqualTo("The run has ended.");
  }
}
