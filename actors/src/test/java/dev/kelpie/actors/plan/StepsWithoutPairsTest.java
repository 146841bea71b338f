package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepsWithoutPairsTest {
  private final StepsWithoutPairs warnings = new StepsWithoutPairs();

  private boolean warns(long step, Map<String, Double> numbers) {
    return warnings.warning(new StepMetrics(step, numbers)).isPresent();
  }

  @Test
  void everyTenthStepInARowIsWarnedOf() {
    for (long step = 1; step <= 30; step++) {
      assertThat(warns(step, Map.of("preference/pairs", 0.0))).isEqualTo(step % 10 == 0);
    }
  }

  @Test
  void aStepWithAPairEndsTheRow() {
    for (long step = 1; step <= 9; step++) {
      assertThat(warns(step, Map.of("preference/pairs", 0.0))).isFalse();
    }
    assertThat(warns(10, Map.of("preference/pairs", 1.0))).isFalse();
    assertThat(warns(11, Map.of("preference/pairs", 0.0))).isFalse();
  }

  @Test
  void otherLossesHaveNoPairsToMiss() {
    for (long step = 1; step <= 20; step++) {
      assertThat(warns(step, Map.of("reward/mean", 0.0))).isFalse();
    }
  }
}
