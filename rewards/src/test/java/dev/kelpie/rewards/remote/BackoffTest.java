package dev.kelpie.rewards.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void pausesGrowAndDependOnNothingButTheSeedTheRequestAndTheAttempt() {
    Backoff backoff = new Backoff(1);
    for (int attempt = 0; attempt < 8; attempt++) {
      long whole = Math.min(20_000, 500L << attempt);
      Duration pause = backoff.pause(7, attempt, Optional.empty());
      assertThat(pause).isBetween(Duration.ofMillis(whole / 2), Duration.ofMillis(whole));
      assertThat(new Backoff(1).pause(7, attempt, Optional.empty())).isEqualTo(pause);
    }
    assertThat(backoff.pause(7, 0, Optional.empty()))
        .isNotEqualTo(backoff.pause(8, 0, Optional.empty()));
    assertThat(backoff.pause(7, 0, Optional.of(Duration.ofSeconds(9))))
        .isEqualTo(Duration.ofSeconds(9));
    Instant now = Instant.parse("2026-01-02T03:04:05Z");
    assertThat(Backoff.retryAfter(" 12", now)).contains(Duration.ofSeconds(12));
    assertThat(Backoff.retryAfter("Fri, 02 Jan 2026 03:05:05 GMT", now))
        .contains(Duration.ofSeconds(60));
    assertThat(Backoff.retryAfter("Fri, 02 Jan 2026 03:00:00 GMT", now)).contains(Duration.ZERO);
    assertThat(Backoff.retryAfter("soon", now)).isEmpty();
  }
}
