package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class UnitTrackerTest {
  private static final FileTicket FILE = new FileTicket("/x", "", 1, "0123456789abcdef".repeat(4));
  private static final FileTicket NUMBERS = new FileTicket("/n", "", 1, "f".repeat(64));
  private static final RewardOutcome GOOD = new RewardOutcome.Scored(new Score(1, Map.of()));
  private static final RewardOutcome BAD = new RewardOutcome.Failed("no opinion");

  private final RecordedJournal journal = new RecordedJournal();
  private final List<String> warnings = new ArrayList<>();

  private String missing(UnitTracker tracker, UnitId id) {
    return tracker.missing(id).map(UnitTracker.Missing::what).orElse("nothing");
  }

  @Test
  void unitIsCompleteWithFileRewardsAndReference() {
    UnitTracker tracker = tracker(true, 0);
    UnitId id = issue(tracker, 1, 0, 0);
    assertThat(missing(tracker, id)).isEqualTo("the responses");

    assertThat(tracker.received(id, FILE)).isTrue();
    // Two prompts with three samples: one task for each group.
    assertThat(rows(tracker)).containsExactly(rows(id, 0, 3), rows(id, 3, 6));
    assertThat(tracker.nextResponses()).contains(new UnitTracker.Responses(id, FILE));
    assertThat(tracker.rewarded(id, 3, List.of(GOOD, GOOD, BAD))).isFalse();
    assertThat(missing(tracker, id)).isEqualTo("3 of 6 rewards");
    assertThat(tracker.rewarded(id, 0, List.of(GOOD, GOOD, GOOD))).isTrue();
    assertThat(missing(tracker, id)).isEqualTo("the log-probabilities under models");
    assertThat(tracker.complete(1, 1)).isEmpty();
    assertThat(tracker.referenceScored(id, FILE)).isTrue();
    assertThat(tracker.missing(id)).isEmpty();

    List<ScoredUnit> step = tracker.complete(1, 1).orElseThrow();
    assertThat(step.get(0).outcomes()).containsExactly(GOOD, GOOD, GOOD, GOOD, GOOD, BAD);
    assertThat(step.get(0).numbers()).contains(FILE);
    // Step 1 updates version 0, with which the unit was sampled.
    assertThat(tracker.trained(1, step)).containsExactly(0L);
    assertThat(tracker.underWay()).isEmpty();
    assertThat(journal.take())
        .containsExactly(
            "issued step-1-unit-0",
            "received step-1-unit-0",
            "rewarded step-1-unit-0, 1 of 6 failed",
            "consumed step-1-unit-0");
  }

  @Test
  void rewardsThatNeedNumbersWaitForTheirFile() {
    UnitTracker tracker = new UnitTracker(ScoringNeed.REWARDS, 0, journal, warnings::add);
    UnitId id = issue(tracker, 1, 0, 0);
    assertThat(tracker.received(id, FILE)).isTrue();
    assertThat(tracker.hasRows()).isFalse();
    assertThat(tracker.nextResponses()).contains(new UnitTracker.Responses(id, FILE));
    assertThat(tracker.referenceScored(id, NUMBERS)).isTrue();
    assertThat(rows(tracker))
        .containsExactly(
            new UnitTracker.Rows(id, FILE, 0, 3, Optional.of(NUMBERS)),
            new UnitTracker.Rows(id, FILE, 3, 6, Optional.of(NUMBERS)));
    assertThat(tracker.referenceScored(id, NUMBERS)).isFalse();
    assertThat(tracker.hasRows()).isFalse();
    assertThat(tracker.rewarded(id, 0, all(GOOD))).isTrue();
    assertThat(tracker.complete(1, 1).orElseThrow().get(0).numbers()).contains(NUMBERS);
  }

  @Test
  void whatComesTwiceIsIgnored() {
    UnitTracker tracker = tracker(true, 0);
    UnitId id = issue(tracker, 1, 0, 0);

    assertThat(tracker.received(id, FILE)).isTrue();
    assertThat(tracker.received(id, FILE)).isFalse();
    assertThat(tracker.rewarded(id, 0, all(GOOD))).isTrue();
    assertThat(tracker.rewarded(id, 0, all(BAD))).isFalse();
    assertThat(tracker.referenceScored(id, FILE)).isTrue();
    assertThat(tracker.referenceScored(id, FILE)).isFalse();

    List<ScoredUnit> step = tracker.complete(1, 1).orElseThrow();
    assertThat(step.get(0).outcomes()).containsOnly(GOOD);
    assertThat(rows(tracker)).hasSize(2);
    assertThat(journal.take()).hasSize(3);
  }

  @Test
  void whatComesForAnAttemptThatWasGivenUpIsIgnored() {
    UnitTracker tracker = tracker(false, 0);
    UnitId first = issue(tracker, 1, 0, 0);
    tracker.received(first, FILE);
    UnitTracker.Rows held = tracker.nextRows().orElseThrow();

    tracker.giveUp(first, "host:1 is lost", "worker-lost");
    assertThat(tracker.underWay()).isEmpty();
    assertThat(tracker.hasRows()).isFalse();
    assertThat(tracker.nextRetry()).contains(first.retry());
    UnitId second = issue(tracker, 1, 0, 1);
    assertThat(tracker.nextRetry()).isEmpty();

    assertThat(tracker.received(first, FILE)).isFalse();
    tracker.returned(held);
    tracker.rewardFailed(held, "late");
    assertThat(tracker.hasRows()).isFalse();
    assertThat(tracker.received(second, FILE)).isTrue();
    assertThat(tracker.rewarded(first, 0, all(BAD))).isFalse();
    assertThat(missing(tracker, second)).isEqualTo("6 of 6 rewards");
    assertThat(warnings).containsExactly("step-1-unit-0 is issued again: host:1 is lost");
    assertThat(journal.take())
        .containsExactly(
            "issued step-1-unit-0",
            "received step-1-unit-0",
            "dropped step-1-unit-0: worker-lost",
            "issued step-1-unit-0-attempt-1",
            "received step-1-unit-0-attempt-1");
  }

  @Test
  void thirdFailureOfAUnitEndsTheRun() {
    UnitTracker tracker = tracker(false, 0);
    tracker.failed(issue(tracker, 1, 0, 0), "w: no memory", "worker-failed");
    tracker.failed(issue(tracker, 1, 0, 1), "w: no memory", "worker-failed");
    UnitId third = issue(tracker, 1, 0, 2);

    assertThatThrownBy(() -> tracker.failed(third, "w: no memory", "worker-failed"))
        .isInstanceOf(CannotContinue.class)
        .hasMessage("step-1-unit-0-attempt-2 failed 3 times; w: no memory");
    // Its end is written when the run ends.
    assertThat(journal.take().get(4)).isEqualTo("issued step-1-unit-0-attempt-2");
    tracker.dropAfter(-1, "end");
    assertThat(journal.take()).containsExactly("dropped step-1-unit-0-attempt-2: end");
  }

  @Test
  void lossOfAWorkerIsNoFailureOfItsUnit() {
    UnitTracker tracker = tracker(false, 0);
    for (int attempt = 0; attempt < 5; attempt++) {
      tracker.giveUp(issue(tracker, 1, 0, attempt), "host:1 is lost", "worker-lost");
    }
    UnitId sixth = issue(tracker, 1, 0, 5);

    assertThatCode(() -> tracker.failed(sixth, "w: no memory", "worker-failed"))
        .doesNotThrowAnyException();
    assertThat(tracker.nextRetry()).contains(sixth.retry());
  }

  @Test
  void rowsThatFailThreeTimesEndTheRun() {
    UnitTracker tracker = tracker(false, 0);
    UnitId id = issue(tracker, 1, 0, 0);
    tracker.received(id, FILE);
    UnitTracker.Rows rows = tracker.nextRows().orElseThrow();

    tracker.rewardFailed(rows, "r: cannot read");
    // They are the last to be scored again.
    assertThat(rows(tracker)).containsExactly(rows(id, 3, 6), rows);
    tracker.rewardFailed(rows, "r: cannot read");
    assertThat(warnings).hasSize(2).containsOnly("step-1-unit-0 is scored again: r: cannot read");

    assertThatThrownBy(() -> tracker.rewardFailed(rows, "r: cannot read"))
        .isInstanceOf(CannotContinue.class)
        .hasMessage("step-1-unit-0 could not be scored 3 times; r: cannot read");
  }

  @Test
  void workOfALostWorkerIsTheNextToBeScored() {
    UnitTracker tracker = tracker(true, 0);
    UnitId id = issue(tracker, 1, 0, 0);
    UnitId other = issue(tracker, 1, 1, 0);
    tracker.received(id, FILE);
    tracker.received(other, FILE);
    UnitTracker.Rows rows = tracker.nextRows().orElseThrow();
    UnitTracker.Responses responses = tracker.nextResponses().orElseThrow();

    tracker.returned(rows);
    tracker.returned(responses);

    assertThat(tracker.nextRows()).contains(rows(id, 0, 3));
    assertThat(tracker.nextResponses()).contains(new UnitTracker.Responses(id, FILE));
  }

  @Test
  void unitThatIsTooOldIsDroppedAndIssuedAgain() {
    UnitTracker tracker = tracker(false, 1);
    UnitId old = issue(tracker, 4, 0, 0, 1);
    UnitId fresh = issue(tracker, 4, 1, 0, 2);
    finish(tracker, old);
    finish(tracker, fresh);
    journal.take();

    // Step 4 updates version 3; version 1 lags by two.
    assertThat(tracker.complete(4, 2)).isEmpty();

    assertThat(journal.take()).containsExactly("dropped step-4-unit-0: stale");
    assertThat(warnings).containsExactly("step-4-unit-0 is issued again: it is too old for step 4");
    assertThat(tracker.nextRetry()).contains(old.retry());
    finish(tracker, issue(tracker, 4, 0, 1, 3));
    List<ScoredUnit> step = tracker.complete(4, 2).orElseThrow();
    assertThat(step).extracting(ScoredUnit::unit).containsExactly(old.retry(), fresh);
    assertThat(tracker.trained(4, step)).containsExactly(0L, 1L);
  }

  @Test
  void stopDropsLaterStepsAndEvaluations() {
    UnitTracker tracker = tracker(true, 2);
    UnitId now = issue(tracker, 3, 0, 0);
    UnitId later = issue(tracker, 4, 0, 0);
    issue(tracker, 4, 1, 0);
    tracker.giveUp(later, "host:1 is lost", "worker-lost");
    UnitId eval = new UnitId(Purpose.EVAL, 2, 0, 0);
    tracker.issued(unit(eval, 2));
    tracker.received(eval, FILE);
    journal.take();

    tracker.dropAfter(3, "stop");

    // The unit that was lost has its line already.
    assertThat(journal.take())
        .containsExactly("dropped eval-2-unit-0: stop", "dropped step-4-unit-1: stop");
    assertThat(tracker.underWay()).containsExactly(now);
    assertThat(tracker.nextRetry()).isEmpty();
    assertThat(tracker.hasRows()).isFalse();
  }

  @Test
  void evaluationNeedsNoReferenceAndIsScoredInBlocks() {
    UnitTracker tracker = tracker(true, 0);
    UnitId id = new UnitId(Purpose.EVAL, 0, 0, 0);
    // 20 prompts once each: (20 + 7) / 8 = 3 rows in a block.
    tracker.issued(unit(id, 20, 1, 0));
    tracker.received(id, FILE);

    assertThat(tracker.hasResponses()).isFalse();
    assertThat(rows(tracker)).hasSize(7).contains(rows(id, 0, 3), rows(id, 18, 20));
    assertThat(tracker.rewarded(id, 0, Collections.nCopies(20, GOOD))).isTrue();
    assertThat(tracker.consumed(id).outcomes()).hasSize(20);
    assertThatThrownBy(() -> tracker.consumed(id)).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void onlyTheFirstFailedRewardIsReported() {
    UnitTracker tracker = tracker(false, 0);
    for (int unit = 0; unit < 2; unit++) {
      UnitId id = issue(tracker, 1, unit, 0);
      tracker.received(id, FILE);
      tracker.rewarded(id, 0, List.of(GOOD, GOOD, GOOD, GOOD, BAD, BAD));
    }

    assertThat(warnings)
        .containsExactly(
            "no reward for a response to p1: no opinion; it counts as failed and is not trained"
                + " on, and later ones are only counted");
  }

  @Test
  void incompleteUnitIsNotConsumed() {
    UnitTracker tracker = tracker(false, 0);
    UnitId id = issue(tracker, 1, 0, 0);
    tracker.received(id, FILE);

    assertThatThrownBy(() -> tracker.consumed(id))
        .hasMessage("step-1-unit-0: incomplete (expected: complete)");
    assertThat(tracker.rewarded(id, 4, List.of(GOOD, GOOD, GOOD))).isFalse();
  }

  /** Whatever the order of answers, doubled and late ones included, a step completes once. */
  @RepeatedTest(50)
  void anyOrderOfAnswersCompletesTheStep(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    UnitTracker tracker = tracker(true, 0);
    List<Runnable> answers = new ArrayList<>();
    List<UnitId> ids = new ArrayList<>();
    for (int unit = 0; unit < 4; unit++) {
      UnitId first = issue(tracker, 1, unit, 0);
      if (random.nextBoolean()) {
        tracker.giveUp(first, "host:1 is lost", "worker-lost");
        ids.add(issue(tracker, 1, unit, 1));
        answers.add(() -> tracker.received(first, FILE));
        answers.add(() -> tracker.rewarded(first, 0, List.of(BAD, BAD, BAD)));
      } else {
        ids.add(first);
      }
    }
    int[] completed = {0};
    for (UnitId id : ids) {
      // Nobody scores responses that are not there.
      tracker.received(id, FILE);
      for (int copy = 0; copy < 2; copy++) {
        answers.add(() -> tracker.received(id, FILE));
        answers.add(() -> tracker.referenceScored(id, FILE));
        for (int from = 0; from < 6; from += 3) {
          int row = from;
          answers.add(
              () -> completed[0] += tracker.rewarded(id, row, List.of(GOOD, GOOD, GOOD)) ? 1 : 0);
        }
      }
    }
    Collections.shuffle(answers, random);

    answers.forEach(Runnable::run);

    assertThat(completed[0]).isEqualTo(4);
    List<ScoredUnit> units = tracker.complete(1, 4).orElseThrow();
    assertThat(units).extracting(ScoredUnit::unit).containsExactlyElementsOf(ids);
    assertThat(units).allMatch(unit -> unit.outcomes().stream().allMatch(GOOD::equals));
    tracker.trained(1, units);
    assertThat(tracker.underWay()).isEmpty();
  }

  private UnitTracker tracker(boolean needsReference, long maxStaleness) {
    return new UnitTracker(
        needsReference ? ScoringNeed.TRAINING : ScoringNeed.NONE,
        maxStaleness,
        journal,
        warnings::add);
  }

  private static void finish(UnitTracker tracker, UnitId id) {
    tracker.received(id, FILE);
    tracker.rewarded(id, 0, all(GOOD));
  }

  private static List<RewardOutcome> all(RewardOutcome outcome) {
    return Collections.nCopies(6, outcome);
  }

  private static UnitTracker.Rows rows(UnitId unit, int from, int to) {
    return new UnitTracker.Rows(unit, FILE, from, to, Optional.empty());
  }

  private static List<UnitTracker.Rows> rows(UnitTracker tracker) {
    List<UnitTracker.Rows> all = new ArrayList<>();
    while (tracker.hasRows()) {
      all.add(tracker.nextRows().orElseThrow());
    }
    return all;
  }

  private static UnitId issue(UnitTracker tracker, long step, int unit, int attempt) {
    return issue(tracker, step, unit, attempt, step - 1);
  }

  private static UnitId issue(UnitTracker tracker, long step, int unit, int attempt, long version) {
    UnitId id = new UnitId(Purpose.ROLLOUT, step, unit, attempt);
    tracker.issued(unit(id, version));
    return id;
  }

  private static RolloutUnit unit(UnitId id, long version) {
    return unit(id, 2, 3, version);
  }

  private static RolloutUnit unit(UnitId id, int count, int samplesPerPrompt, long version) {
    List<Prompt> prompts =
        IntStream.range(0, count)
            .mapToObj(i -> new Prompt("p" + i, "t", TokenIds.of(1), Optional.empty(), Map.of()))
            .toList();
    return new RolloutUnit(
        id,
        count * id.unit(),
        prompts,
        samplesPerPrompt,
        new Sampling(1, 0, 1, 0, 4, false),
        TokenIds.empty(),
        1,
        new PolicyVersion(version));
  }
}
