package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryKillsTest {
  private final AtomicLong count = new AtomicLong(5);
  private final MemoryKills kills = new MemoryKills(count::get, 700L << 20);

  @Test
  void aKillThatTheGroupCountsIsNamedOnceWithProcessAndLimit() {
    count.set(6);
    assertThat(kills.line("rollout-1", 137))
        .contains(
            "rollout-1: killed: out of memory; all processes together have 700 MiB (expected: more"
                + " memory, or less to hold: fewer --rollout-workers, lower learner.token-budget,"
                + " rollout.unit-prompts, -J-Xmx or the model)");
    // somebody's kill -9 afterwards
    assertThat(kills.line("reward", 137)).isEmpty();
  }

  @Test
  void everyOneOfSeveralIsNamed() {
    count.set(7);
    assertThat(kills.line("learner", 137)).isPresent();
    assertThat(kills.line("rollout-2", 137)).isPresent();
    assertThat(kills.line("reward", 137)).isEmpty();
  }

  @Test
  void otherEndsAreNot() {
    assertThat(kills.line("learner", 137)).isEmpty(); // the count is that of the start
    count.set(6);
    assertThat(kills.line("learner", 0)).isEmpty();
    assertThat(kills.line("learner", 143)).isEmpty();
    assertThat(kills.line("learner", 137)).isPresent();
  }
}
