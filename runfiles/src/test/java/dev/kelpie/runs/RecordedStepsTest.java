package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class RecordedStepsTest {
  private static final long ENOUGH = 1L << 30;

  @Test
  void theLinesOfAStepAreMergedAndTheLaterNumberWins() {
    RecordedSteps steps = new RecordedSteps(ENOUGH);
    steps.add(new StepMetrics(2, Map.of("a/b", 1.0)));
    assertThat(steps.from(0)).containsExactly(new StepMetrics(2, Map.of("a/b", 1.0)));
    steps.add(new StepMetrics(2, Map.of("a/c", 2.0)));
    steps.add(new StepMetrics(2, Map.of("a/b", 3.0)));
    steps.add(new StepMetrics(1, Map.of("a/b", 4.0)));
    assertThat(steps.from(0))
        .containsExactly(
            new StepMetrics(1, Map.of("a/b", 4.0)),
            new StepMetrics(2, Map.of("a/b", 3.0, "a/c", 2.0)));
    assertThat(steps.from(2)).hasSize(1);
    assertThat(steps.last()).isEqualTo(2);
  }

  @Test
  void hundredsOfThousandsOfNamesOfOneStepAreBounded() {
    RecordedSteps steps = new RecordedSteps(ENOUGH);
    for (int i = 0; i < 300_000; i++) {
      steps.add(new StepMetrics(1, Map.of("k/" + i, 1.0)));
    }
    List<StepMetrics> all = steps.from(0);
    assertThat(all).hasSize(1);
    assertThat(all.get(0).values()).hasSizeBetween(10_000, 21_000);
    assertThat(all.get(0).values().size() + steps.numbersLeftOut()).isEqualTo(300_000);
  }

  @Test
  void longNamesCountWithTheirLength() {
    RecordedSteps steps = new RecordedSteps(ENOUGH);
    for (int i = 0; i < 10; i++) {
      steps.add(new StepMetrics(1, Map.of("k/" + i + "x".repeat(1_000_000), 1.0)));
    }
    assertThat(steps.from(0).get(0).values()).hasSize(2);
    assertThat(steps.numbersLeftOut()).isEqualTo(8);
  }

  @Test
  void stepsWithoutNumbersTakeRoomToo() {
    RecordedSteps steps = new RecordedSteps(40_000);
    for (int i = 1; i <= 1000; i++) {
      steps.add(new StepMetrics(i, Map.of()));
    }
    assertThat(steps.from(0)).hasSize(100);
    assertThat(steps.stepsLeftOut()).isEqualTo(900);
    assertThat(steps.last()).isEqualTo(1000);
    steps.clear();
    assertThat(steps.last()).isZero();
    assertThat(steps.stepsLeftOut()).isZero();
  }
}
