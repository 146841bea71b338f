package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeartbeatMonitorTest {
  private final HeartbeatMonitor leases =
      new HeartbeatMonitor(Duration.ofSeconds(5), Duration.ofSeconds(1), 0);

  @Test
  void silentNodeIsLostOnce() {
    leases.received("a", seconds(0));
    leases.received("b", seconds(4));
    for (int second = 1; second <= 5; second++) {
      assertThat(leases.expire(seconds(second))).isEmpty();
    }

    assertThat(leases.expire(seconds(6))).containsExactly("a");
    assertThat(leases.expire(seconds(7))).isEmpty();
  }

  @Test
  void ownPauseIsNobodysSilence() {
    leases.received("a", seconds(0));
    assertThat(leases.expire(seconds(1))).isEmpty();

    // This process slept for a minute: it cannot know who spoke meanwhile.
    assertThat(leases.expire(seconds(61))).isEmpty();
    for (int second = 62; second <= 66; second++) {
      assertThat(leases.expire(seconds(second))).isEmpty();
    }
    assertThat(leases.expire(seconds(67))).containsExactly("a");
  }

  private static long seconds(long number) {
    return Duration.ofSeconds(number).toNanos();
  }
}
