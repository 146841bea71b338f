package dev.kelpie.experience;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenVersionsTest {
  @Test
  void findsTheOldestVersion() {
    TokenVersions versions = TokenVersions.of(7, 5, 6);
    assertThat(versions.oldest(new PolicyVersion(9))).isEqualTo(new PolicyVersion(5));
    assertThat(versions.get(2)).isEqualTo(new PolicyVersion(6));
    assertThat(TokenVersions.of().oldest(new PolicyVersion(9))).isEqualTo(new PolicyVersion(9));
  }

  @Test
  void oneVersionForAllTokensEqualsItsList() {
    assertThat(TokenVersions.uniform(new PolicyVersion(4), 3)).isEqualTo(TokenVersions.of(4, 4, 4));
  }

  @Test
  void sharesItsNumbersWithNobody() {
    long[] numbers = {1, 2};
    TokenVersions versions = TokenVersions.of(numbers);
    numbers[0] = 9;
    versions.toArray()[1] = 9;
    assertThat(versions).isEqualTo(TokenVersions.of(1, 2));
  }
}
