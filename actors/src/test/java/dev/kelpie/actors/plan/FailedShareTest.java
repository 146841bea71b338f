package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailedShareTest {
  private final FailedShare share = new FailedShare();

  @Test
  void warnsOnlyAboveFivePercent() {
    // 5 of 100 are 5 %, 6 of 100 are more.
    assertThat(share.warning(step(1, 5, 95))).isEmpty();
    assertThat(share.warning(step(2, 6, 94)))
        .hasValue(
            "step 2: 6 of 100 responses have no reward (6 %): they count as failed and are not"
                + " trained on; 5 % are usual at most");
  }

  @Test
  void warnsAgainWhenTheShareHasDoubled() {
    assertThat(share.warning(step(1, 10, 90))).isPresent();
    assertThat(share.warning(step(2, 10, 90))).isEmpty();
    assertThat(share.warning(step(3, 19, 81))).isEmpty();
    assertThat(share.warning(step(4, 20, 80)))
        .hasValueSatisfying(text -> assertThat(text).startsWith("step 4: 20 of 100 responses"));
    assertThat(share.warning(step(5, 30, 70))).isEmpty();
  }

  @Test
  void warnsOfStepsWithoutAnyReward() {
    assertThat(share.warning(step(1, 64, 0))).isPresent();
    assertThat(share.warning(step(2, 0, 0))).isEmpty();
    assertThat(new FailedShare().warning(new StepMetrics(1, Map.of()))).isEmpty();
  }

  private static StepMetrics step(long step, double failed, double scored) {
    return new StepMetrics(step, Map.of("reward/failed", failed, "data/responses", scored));
  }
}
