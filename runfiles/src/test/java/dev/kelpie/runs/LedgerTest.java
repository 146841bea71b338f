package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.runs.LedgerEvent.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final Ledger ledger = new Ledger(0);
  private final GroupId group = new GroupId(Purpose.ROLLOUT, 1, 0);

  @Test
  void countsASampleFromIssueToConsumption() {
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED);
    assertThat(ledger.check().inFlight()).isEqualTo(4);
    happen(group, 0, Kind.CONSUMED);

    LedgerCheck check = ledger.check();
    assertThat(check.consumed()).isEqualTo(4);
    assertThat(check.inFlight()).isZero();
    assertThat(check.clean()).isTrue();
  }

  @Test
  void consumesFromReceivedWhereNothingIsRewarded() {
    GroupId second = new GroupId(Purpose.ROLLOUT, 1, 1);
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.CONSUMED);
    happen(second, 0, Kind.ISSUED, Kind.RECEIVED, Kind.CONSUMED);
    assertThat(ledger.check().consumed()).isEqualTo(8);
    assertThat(ledger.check().clean()).isTrue();

    GroupId third = new GroupId(Purpose.ROLLOUT, 1, 2);
    happen(third, 0, Kind.ISSUED, Kind.CONSUMED); // never received
    happen(third, 0, Kind.RECEIVED, Kind.REWARDED); // what was consumed has no reward
    assertThat(ledger.check().violations())
        .containsExactly(
            "1/2 attempt 0: CONSUMED, but it was ISSUED as attempt 0",
            "1/2 attempt 0: REWARDED, but it was RECEIVED as attempt 0");
    assertThat(ledger.check().consumed()).isEqualTo(8);
  }

  @Test
  void refusesToConsumeFromReceivedOnceAnythingIsRewarded() {
    GroupId second = new GroupId(Purpose.ROLLOUT, 1, 1);
    happen(second, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED);
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.CONSUMED);
    assertThat(ledger.check().violations())
        .containsExactly("1/0 attempt 0: CONSUMED, but it was RECEIVED as attempt 0");
    assertThat(ledger.check().consumed()).isZero();
    assertThat(ledger.check().inFlight()).isEqualTo(8);
  }

  @Test
  void refusesToConsumeTwice() {
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED, Kind.CONSUMED);

    assertThat(ledger.check().consumed()).isEqualTo(4);
    assertThat(ledger.check().violations())
        .containsExactly("1/0 attempt 0: CONSUMED, but it was CONSUMED as attempt 0");
  }

  @Test
  void issuesAgainOnlyWhatWasDropped() {
    happen(group, 0, Kind.ISSUED);
    happen(group, 1, Kind.ISSUED);
    assertThat(ledger.check().violations()).hasSize(1);

    happen(group, 0, Kind.DROPPED);
    assertThat(ledger.nextAttempt(group)).isEqualTo(1);
    happen(group, 1, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    // A late answer of the attempt that was dropped.
    happen(group, 0, Kind.RECEIVED);

    assertThat(ledger.check().violations()).hasSize(2);
    assertThat(ledger.check().droppedBy()).containsEntry("because", 4L);
    assertThat(ledger.check().issued()).isEqualTo(8);
  }

  private void replay(long byStep, int attempt) {
    ledger.apply(new LedgerEvent(Kind.REPLAYED, group, 4, attempt, byStep, ""));
  }

  @Test
  void countsReplaysApartFromConsumption() {
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    replay(2, 0);
    replay(3, 0);

    LedgerCheck check = ledger.check();
    assertThat(check.consumed()).isEqualTo(4);
    assertThat(check.replayed()).isEqualTo(8);
    assertThat(check.clean()).isTrue();
    assertThat(ledger.counts()).containsEntry("replayed", 8L);

    // The weights of step 3 are lost; it replays the group once more.
    ledger.rewind(2, step -> true);
    assertThat(ledger.check().replayed()).isEqualTo(4);
    replay(3, 0);
    assertThat(ledger.check().replayed()).isEqualTo(8);
    ledger.forget(2, step -> true);
    replay(4, 0);
    assertThat(ledger.check().replayed()).isEqualTo(12);
    assertThat(ledger.check().clean()).isTrue();
  }

  @Test
  void refusesToReplayWhatWasNotConsumedBefore() {
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED);
    replay(2, 0);
    assertThat(ledger.check().violations())
        .containsExactly("1/0 attempt 0: REPLAYED, but it was REWARDED as attempt 0");
    happen(group, 0, Kind.CONSUMED);
    replay(1, 0); // by its own step
    replay(2, 1); // an attempt that does not exist
    assertThat(ledger.check().violations()).hasSize(3);
    assertThat(ledger.check().replayed()).isZero();
  }

  @Test
  void findsALagThatIsTooLarge() {
    GroupId late = new GroupId(Purpose.ROLLOUT, 3, 0);
    ledger.apply(new LedgerEvent(Kind.ISSUED, late, 4, 0, 1, ""));
    happen(late, 0, Kind.RECEIVED, Kind.REWARDED);
    ledger.apply(new LedgerEvent(Kind.CONSUMED, late, 4, 0, 3, ""));

    // Step 3 makes version 3 out of version 2; version 1 lags by one.
    assertThat(ledger.check().maxLag()).isEqualTo(1);
    assertThat(ledger.check().violations().get(0)).contains("a lag of 1 (expected: 0 to 0)");
  }

  @Test
  void rewindVoidsWhatCameAfter() {
    GroupId second = new GroupId(Purpose.ROLLOUT, 2, 0);
    GroupId third = new GroupId(Purpose.ROLLOUT, 3, 0);
    for (GroupId each : List.of(group, second)) {
      happen(each, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    }
    happen(third, 0, Kind.ISSUED);

    ledger.rewind(1, step -> true);

    LedgerCheck check = ledger.check();
    assertThat(check.consumed()).isEqualTo(4);
    assertThat(check.droppedBy()).containsEntry("restart", 8L);
    assertThat(check.clean()).isTrue();
    assertThat(ledger.nextAttempt(second)).isEqualTo(1);
    happen(second, 1, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    assertThat(ledger.check().clean()).isTrue();
  }

  @Test
  void evaluationThatWasCutOffBeginsAnew() {
    GroupId done = new GroupId(Purpose.EVAL, 0, 0);
    GroupId half = new GroupId(Purpose.EVAL, 3, 0);
    for (GroupId each : List.of(done, half)) {
      happen(each, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    }

    ledger.rewind(3, step -> step == 0);
    happen(half, 1, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);

    LedgerCheck check = ledger.check();
    assertThat(check.violations()).isEmpty();
    assertThat(check.measured()).isEqualTo(8);
    assertThat(check.droppedBy()).containsEntry("restart", 4L);
    assertThat(check.clean()).isTrue();
  }

  @Test
  void checkpointMayComeInTheMiddleOfAnEvaluation() {
    GroupId early = new GroupId(Purpose.EVAL, 3, 0);
    GroupId late = new GroupId(Purpose.EVAL, 3, 1);
    happen(early, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);

    ledger.forget(3, step -> false);
    happen(late, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    ledger.rewind(3, step -> false);
    happen(early, 1, Kind.ISSUED);

    assertThat(ledger.check().violations()).isEmpty();
    assertThat(ledger.check().clean()).isTrue();
  }

  @Test
  void forgottenStepsStayCountedAndClosed() {
    happen(group, 0, Kind.ISSUED, Kind.RECEIVED, Kind.REWARDED, Kind.CONSUMED);
    ledger.forget(1, step -> true);
    assertThat(ledger.check().consumed()).isEqualTo(4);
    assertThat(ledger.check().clean()).isTrue();

    happen(group, 1, Kind.ISSUED);

    assertThat(ledger.check().violations()).hasSize(1);
  }

  /** Four samples; sampled with the version that their step trains, so without lag. */
  private void happen(GroupId which, int attempt, Kind... kinds) {
    for (Kind kind : kinds) {
      long number =
          switch (kind) {
            case ISSUED -> which.step() - 1;
            case CONSUMED -> which.step();
            default -> 0;
          };
      ledger.apply(
          new LedgerEvent(kind, which, 4, attempt, number, kind == Kind.DROPPED ? "because" : ""));
    }
  }
}
