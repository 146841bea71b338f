package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.DynamicSamplingOptions;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.UnitId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RefillsTest {
  private static final List<RewardOutcome> MIXED = List.of(scored(1), scored(0));
  private static final List<RewardOutcome> EQUAL = List.of(scored(1), scored(1));
  private static final List<RewardOutcome> LONE =
      List.of(scored(1), new RewardOutcome.Failed("no opinion"));

  private final List<String> journal = new ArrayList<>();

  @Test
  void aStepSamplesAsManyPromptsAsItHasGroupsWithoutASpread() {
    Refills refills = refills(2, "");
    // Of 4 groups one differs: 3 more prompts. Of these two do: 1 more. It does not: no more.
    List<List<RewardOutcome>> groups = new ArrayList<>(List.of(MIXED, EQUAL, LONE, EQUAL));
    assertThat(refills.plan(5, 2, groups)).isTrue();
    assertThat(refills.next()).contains(new UnitId(Purpose.ROLLOUT, 5, 2, 0));
    assertThat(refills.refill(5, 0)).isEqualTo(new Refills.Refill(4, 3));
    groups.addAll(List.of(MIXED, EQUAL, MIXED));
    assertThat(refills.plan(5, 2, groups)).isTrue();
    assertThat(refills.next()).contains(new UnitId(Purpose.ROLLOUT, 5, 3, 0));
    assertThat(refills.refill(5, 1)).isEqualTo(new Refills.Refill(7, 1));
    groups.add(EQUAL);
    assertThat(refills.plan(5, 2, groups)).isFalse();
    assertThat(refills.next()).isEmpty();
    assertThat(refills.units(5)).isEqualTo(2);
    assertThat(refills.prompts(5)).isEqualTo(4);
    assertThat(journal).containsExactly("5: 3", "5: 1");
    assertThat(refills.take(5))
        .isEqualTo(Map.of("sampling/refills", 2.0, "sampling/refilled_prompts", 4.0));
    assertThat(refills.units(5)).isZero();
  }

  @Test
  void aFullStepIsNotRefilled() {
    assertThat(refills(2, "").plan(1, 1, List.of(MIXED, MIXED, MIXED, MIXED))).isFalse();
    assertThat(refills(0, "").plan(1, 1, List.of(EQUAL, EQUAL, EQUAL, EQUAL))).isFalse();
  }

  @Test
  void theSpreadOfANamedRewardMayCountAlone() {
    List<RewardOutcome> shaped =
        List.of(
            new RewardOutcome.Scored(new Score(0.9f, Map.of("right", 1f))),
            new RewardOutcome.Scored(new Score(0.8f, Map.of("right", 1f))));
    List<List<RewardOutcome>> groups = List.of(shaped, shaped, shaped, shaped);
    assertThat(refills(1, "").plan(1, 1, groups)).isFalse();
    assertThat(refills(1, "right").plan(1, 1, groups)).isTrue();
  }

  @Test
  void refillsTakePromptsFromTheEndOfTheStepsPassBackwards() {
    Refills refills = refills(2, "");
    // 100 prompts a pass, 4 a step: step 1 refills with 99, 98, ..., step 2 with 91, 90, ...
    assertThat(refills.position(1, 4, 100)).isEqualTo(99);
    assertThat(refills.position(1, 11, 100)).isEqualTo(92);
    assertThat(refills.position(2, 4, 100)).isEqualTo(91);
    assertThat(refills.position(26, 4, 100)).isEqualTo(199); // the first step of the second pass
    Set<Long> taken = new HashSet<>();
    for (long step = 1; step <= 12; step++) {
      for (int index = 4; index < 12; index++) {
        taken.add(refills.position(step, index, 100));
      }
    }
    assertThat(taken).hasSize(96);
    assertThat(refills.position(3, 4, 1)).isEqualTo(8); // one prompt: that of the pass
  }

  private Refills refills(int most, String metric) {
    return new Refills(
        new DynamicSamplingOptions(true, most, metric),
        4,
        (step, prompts) -> journal.add(step + ": " + prompts));
  }

  private static RewardOutcome scored(float value) {
    return new RewardOutcome.Scored(new Score(value, Map.of()));
  }
}
