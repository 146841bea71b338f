package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.Lookups;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepMetricsCollectorTest {
  private static final String CACHED = "data/reference_cached";

  private final StepMetricsCollector numbers =
      new StepMetricsCollector(1, () -> TrafficTotals.NONE, () -> 0L, () -> 0);

  private StepMetrics step(long step) {
    return numbers.of(
        step, List.of(), new StepMetrics(step, Map.of()), numbers.close(0), List.of());
  }

  @Test
  void theShareOfKeptNumbersIsThatOfAllUnitsOfTheStep() {
    numbers.lookedUp(unit(Purpose.ROLLOUT, 1, 0), new Lookups(6, 1));
    numbers.lookedUp(unit(Purpose.ROLLOUT, 2, 0), new Lookups(4, 4)); // scored ahead
    numbers.lookedUp(unit(Purpose.ROLLOUT, 1, 1), new Lookups(2, 1));
    numbers.lookedUp(unit(Purpose.EVAL, 1, 0), new Lookups(9, 9));
    assertThat(step(1).values()).containsEntry(CACHED, 0.25); // (1 + 1) / (6 + 2)
    assertThat(step(2).values()).containsEntry(CACHED, 1.0);
    assertThat(step(3).values()).doesNotContainKey(CACHED);
  }

  @Test
  void aStepThatAskedForNoneHasNoShare() {
    numbers.lookedUp(unit(Purpose.ROLLOUT, 1, 0), Lookups.NONE);
    assertThat(step(1).values()).doesNotContainKey(CACHED);
  }

  private static UnitId unit(Purpose purpose, long step, int index) {
    return new UnitId(purpose, step, index, 0);
  }
}
