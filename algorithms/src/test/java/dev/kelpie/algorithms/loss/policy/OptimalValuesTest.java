package dev.kelpie.algorithms.loss.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OptimalValuesTest {
  @Test
  void theValueOfAGroupIsTheLogMeanExponentialOfItsScores() {
    // .5 log((e^(1 / .5) + e^0) / 2) = .5 log((7.389056 + 1) / 2) = .716890
    assertThat(new OptimalValues(0.5, "").ofGroup(new double[] {1, 0}))
        .isCloseTo(0.716890, within(1e-6));
    // Equal scores: their own; scores whose exponentials overflow, too.
    assertThat(new OptimalValues(0.5, "").ofGroup(new double[] {900, 900}))
        .isCloseTo(900, within(1e-12));
  }

  @Test
  void theValueOfAPromptIsItsColumn() {
    OptimalValues values = new OptimalValues(0.5, "v");
    assertThat(values.of(prompt(Map.of("v", "0.25")))).isEqualTo(0.25);
    assertThatThrownBy(() -> values.of(prompt(Map.of("v", "NaN"))))
        .hasMessage("algorithm.loss.value-column: column v holds NaN (expected: a finite number)");
    assertThatThrownBy(() -> values.of(prompt(Map.of())))
        .hasMessageContaining("column v holds nothing");
  }

  private static Prompt prompt(Map<String, String> columns) {
    return new Prompt("row-1", "?", TokenIds.of(1), Optional.empty(), columns);
  }
}
