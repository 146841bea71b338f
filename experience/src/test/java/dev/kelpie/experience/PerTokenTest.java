package dev.kelpie.experience;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PerTokenTest {
  @Test
  void sharesItsNumbersWithNobody() {
    float[] numbers = {1, 2};
    PerToken tokens = PerToken.of(numbers);
    numbers[0] = 9;
    tokens.toArray()[1] = 9;
    assertThat(tokens).isEqualTo(PerToken.of(1, 2)).isNotEqualTo(PerToken.of(1, 3));
    assertThat(tokens.get(1)).isEqualTo(2);
  }

  @Test
  void addsUpInDouble() {
    // in float32 2^24 + 1 is 2^24
    assertThat(PerToken.of(1 << 24, 1, 1).sum()).isEqualTo((1 << 24) + 2);
    assertThat(PerToken.empty().sum()).isZero();
  }

  @Test
  void copiesToAPlaceInALongerArray() {
    float[] target = new float[4];
    PerToken.constant(0.5f, 2).copyTo(target, 1);
    assertThat(target).containsExactly(0, 0.5f, 0.5f, 0);
  }
}
