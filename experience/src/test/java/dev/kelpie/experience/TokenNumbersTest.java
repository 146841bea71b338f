package dev.kelpie.experience;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenNumbersTest {
  @Test
  void numbersPerTokenDoNotChangeWithTheArrayTheyCameFrom() {
    float[] values = {1, 2.5f};
    PerToken numbers = PerToken.of(values);
    values[0] = 9;
    numbers.toArray()[1] = 9;
    assertThat(numbers).isEqualTo(PerToken.of(1, 2.5f)).isNotEqualTo(PerToken.of(1));
    // 1 + 2.5
    assertThat(numbers.sum()).isEqualTo(3.5);
  }

  @Test
  void sumsInDouble() {
    // 2^24 + 1 is not a float: summed as floats the ones would be lost
    assertThat(PerToken.of(0x1p24f, 1, 1).sum()).isEqualTo(0x1p24 + 2);
  }

  @Test
  void copiesToAnOffset() {
    float[] target = {7, 7, 7, 7};
    PerToken.constant(2, 2).copyTo(target, 1);
    assertThat(target).containsExactly(7, 2, 2, 7);
  }

  @Test
  void aResponseIsAsOldAsItsOldestToken() {
    PolicyVersion fallback = new PolicyVersion(8);
    assertThat(TokenVersions.of(5, 3, 4).oldest(fallback)).isEqualTo(new PolicyVersion(3));
    assertThat(TokenVersions.of().oldest(fallback)).isEqualTo(fallback);
    assertThat(TokenVersions.uniform(fallback, 3)).isEqualTo(TokenVersions.of(8, 8, 8));
  }
}
