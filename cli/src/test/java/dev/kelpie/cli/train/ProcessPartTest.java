package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProcessPartTest {
  @Test
  void workIsWaitedForAsLongAsItTakes() {
    AtomicInteger looks = new AtomicInteger();
    // Works for ten looks, which is ten times as long as anybody may be idle.
    ProcessPart.awaitIdle(
        () -> looks.incrementAndGet() <= 10, Duration.ofMillis(5), Duration.ofMillis(5));
    assertThat(looks).hasValueGreaterThan(10);
  }

  @Test
  void idlenessIsNot() {
    AtomicInteger looks = new AtomicInteger();
    ProcessPart.awaitIdle(
        () -> {
          looks.incrementAndGet();
          return false;
        },
        Duration.ofMillis(5),
        Duration.ofMillis(5));
    assertThat(looks).hasValueLessThanOrEqualTo(2);
  }
}
