package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MonotonicClockTest {
  @Test
  void goesOnWhenTheWallClockJumps() {
    Instant noon = Instant.parse("2026-01-02T12:00:00Z");
    AtomicReference<Instant> wall = new AtomicReference<>(noon);
    AtomicLong nanos = new AtomicLong(-5);
    MonotonicClock time = new MonotonicClock(wall::get, nanos::get);
    wall.set(noon.minus(Duration.ofHours(1)));
    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    assertThat(time.instant()).isEqualTo(noon.plusSeconds(3));
  }
}
