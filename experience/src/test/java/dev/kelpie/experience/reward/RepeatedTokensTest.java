package dev.kelpie.experience.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.TokenIds;
import org.junit.jupiter.api.Test;

class RepeatedTokensTest {
  @Test
  void isTheShareOfTriplesThatOccurredBefore() {
    // 121 212 121 212: two of four
    assertThat(RepeatedTokens.share(TokenIds.of(1, 2, 1, 2, 1, 2))).isEqualTo(0.5);
    // 777 three times: two of three
    assertThat(RepeatedTokens.share(TokenIds.of(7, 7, 7, 7, 7))).isCloseTo(2.0 / 3, within(1e-15));
    assertThat(RepeatedTokens.share(TokenIds.of(1, 2, 3, 4, 5))).isZero();
    // another order is another triple
    assertThat(RepeatedTokens.share(TokenIds.of(1, 2, 3, 2, 1))).isZero();
  }

  @Test
  void aShortResponseRepeatsNothing() {
    assertThat(RepeatedTokens.share(TokenIds.of(7, 7))).isZero();
    assertThat(RepeatedTokens.share(TokenIds.empty())).isZero();
  }
}
