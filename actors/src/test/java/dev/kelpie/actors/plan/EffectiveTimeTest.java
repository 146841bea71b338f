package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.StepMetrics;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EffectiveTimeTest {
  private final EffectiveTime time = new EffectiveTime();

  private static StepMetrics step(long number, double seconds, boolean disturbed) {
    return new StepMetrics(
        number, Map.of("timing_s/step", seconds, EffectiveTime.DISTURBED, disturbed ? 1.0 : 0.0));
  }

  @Test
  void aRunWithoutFaultsHasOne() {
    time.add(step(1, 2, false), 0);
    StepMetrics last = time.add(step(2, 6, false), 0); // an evaluation counts in full
    assertThat(last.get(EffectiveTime.WALL)).isEqualTo(8);
    assertThat(last.get(EffectiveTime.SHARE)).isEqualTo(1);
  }

  @Test
  void aDisturbedStepCountsWithTheMedianOfTheOthers() {
    time.add(step(1, 2, false), 0);
    time.add(step(2, 3, false), 0);
    time.add(step(3, 4, false), 0);
    StepMetrics last = time.add(step(4, 11, true), 0);
    // 2 + 3 + 4 + the median 3 of 20 seconds
    assertThat(last.get(EffectiveTime.EFFECTIVE)).isEqualTo(12);
    assertThat(last.get(EffectiveTime.WALL)).isEqualTo(20);
    assertThat(last.get(EffectiveTime.SHARE)).isCloseTo(0.6, within(1e-9));
    // one that is faster than that all the same counts with its own time
    assertThat(time.add(step(5, 1, true), 0).get(EffectiveTime.EFFECTIVE)).isEqualTo(13);
  }

  @Test
  void restartsAndStepsThatAreLostCountAsWallTimeAlone() {
    time.kept(time.add(step(1, 2, false), 0));
    EffectiveTime again = new EffectiveTime();
    again.kept(
        new StepMetrics(
            1,
            Map.of(
                "timing_s/step",
                2.0,
                EffectiveTime.DISTURBED,
                0.0,
                EffectiveTime.WALL,
                2.0,
                EffectiveTime.EFFECTIVE,
                2.0)));
    // step 2 was trained and lost; the process is back and trains it in 5 s, 20 s after the start
    StepMetrics second = again.add(step(2, 5, true), 20);
    assertThat(second.get(EffectiveTime.WALL)).isEqualTo(20);
    assertThat(second.get(EffectiveTime.EFFECTIVE)).isEqualTo(4);
    assertThat(second.get(EffectiveTime.SHARE)).isCloseTo(0.2, within(1e-9));
  }

  @Test
  void linesWithoutAStepAreLeftAsTheyAre() {
    StepMetrics evaluation = new StepMetrics(0, Map.of("eval/reward/mean", 0.5));
    assertThat(time.add(evaluation, 7)).isEqualTo(evaluation);
    time.kept(evaluation);
    assertThat(time.add(step(1, 2, false), 0).get(EffectiveTime.WALL)).isEqualTo(2);
  }

  @Test
  void aStepIsDisturbedWhileWorkersAreMissing() {
    Disturbances disturbances = new Disturbances();
    assertThat(disturbances.take()).isFalse();
    disturbances.happened();
    assertThat(disturbances.take()).isTrue();
    assertThat(disturbances.take()).isFalse();
    disturbances.lost(List.of("a", "b"));
    disturbances.present("a");
    assertThat(disturbances.take()).isTrue();
    assertThat(disturbances.take()).isTrue(); // b is not back
    disturbances.present("b");
    assertThat(disturbances.take()).isFalse();
  }
}
