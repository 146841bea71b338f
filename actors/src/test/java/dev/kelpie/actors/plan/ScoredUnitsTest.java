package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What rewards of units are normalised by, and which units are scored. */
class ScoredUnitsTest {
  private static final FileTicket FILE = new FileTicket("/x", "", 1, "0123456789abcdef".repeat(4));

  private final RecordedJournal journal = new RecordedJournal();
  private final List<String> warnings = new ArrayList<>();

  @Test
  void rewardsAreNormalisedByTheStepsThatAreTrainedWhenTheirUnitMayBegin() {
    UnitTracker tracker = new UnitTracker(ScoringNeed.NONE, 1, journal, warnings::add);
    for (int step = 1; step <= 2; step++) {
      UnitId id = issue(tracker, step, 0, 0);
      tracker.received(id, FILE);
      List<RewardOutcome> outcomes = new ArrayList<>();
      for (int row = 0; row < 6; row++) {
        float raw = 10 * step + row;
        outcomes.add(
            row == 5
                ? new RewardOutcome.Failed("no opinion")
                : new RewardOutcome.Scored(
                    new Score(raw, Map.of("rm", 0f, "rm/unscaled", raw, "other", 9f))));
      }
      tracker.rewarded(id, 0, outcomes);
      tracker.trained(step, tracker.complete(step, 1).orElseThrow());
    }
    // Step 1: 10 11 12 13 14. A lag of 1: step 3 begins when step 1 is trained.
    Scale first = new Scale(5, 12, 10);
    assertThat(tracker.scales(new UnitId(Purpose.ROLLOUT, 3, 0, 0))).isEqualTo(Map.of("rm", first));
    assertThat(tracker.scales(new UnitId(Purpose.ROLLOUT, 2, 0, 0))).isEmpty();
    assertThat(tracker.scales(new UnitId(Purpose.EVAL, 1, 0, 0))).isEqualTo(Map.of("rm", first));
    Scale both = tracker.scales(new UnitId(Purpose.ROLLOUT, 4, 0, 0)).get("rm");
    assertThat(both).isEqualTo(new Scale(10, 17, 270)); // 2 x 10 + 10 x 5^2
  }

  @Test
  void onlyEvaluationsAreScoredWhereOnlyTheyHaveScorers() {
    UnitTracker tracker =
        new UnitTracker(
            UnitTracker.Asked.EVALUATIONS, ScoringNeed.REWARDS, 0, journal, warnings::add);
    UnitId id = issue(tracker, 1, 0, 0);
    tracker.received(id, FILE);
    tracker.referenceScored(id, FILE);
    assertThat(tracker.hasRows()).isFalse();
    assertThat(tracker.complete(1, 1)).isPresent();
    assertThat(journal.take()).contains("rewarded step-1-unit-0, 0 of 6 failed");
  }

  private static UnitId issue(UnitTracker tracker, long step, int unit, int attempt) {
    UnitId id = new UnitId(Purpose.ROLLOUT, step, unit, attempt);
    Prompt prompt = new Prompt("p", "t", TokenIds.of(1), Optional.empty(), Map.of());
    tracker.issued(
        new RolloutUnit(
            id,
            0,
            List.of(prompt, prompt),
            3,
            new Sampling(1, 0, 1, 0, 4, false),
            TokenIds.empty(),
            1,
            new PolicyVersion(step - 1)));
    return id;
  }
}
