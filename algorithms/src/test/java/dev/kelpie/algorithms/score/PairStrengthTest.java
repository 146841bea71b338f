package dev.kelpie.algorithms.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PairStrengthTest {
  @Test
  void isTheMeanAndTheUnbiasedDeviationOfTheModels() {
    // (1 + 2 + 3) / 3 = 2; sqrt((1 + 0 + 1) / 2) = 1
    assertThat(PairStrength.of(new double[] {1, 2, 3})).isEqualTo(new PairStrength(2, 1));
  }

  @Test
  void oneModelHasNoSpread() {
    assertThatThrownBy(() -> PairStrength.of(new double[] {1}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
