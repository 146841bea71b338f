package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
import org.junit.jupiter.api.Test;

class MemoryEstimateTest {
  private static final long MIB = 1L << 20;

  @Test
  void saysWhatARunWillHold() {
    MemoryEstimate estimate = new MemoryEstimate(100 * MIB, 20 * MIB, 30 * MIB);
    // 600 MiB for the process, 100 + 20 + 30 for the rest
    assertThat(estimate.requireFits(1000 * MIB))
        .isEqualTo(
            "about 750 MiB: learner 100 MiB, activations 30 MiB, rollout 20 MiB; this machine has"
                + " 1000 MiB");
  }

  @Test
  void refusesMoreThanTheMachineHas() {
    assertThatThrownBy(() -> new MemoryEstimate(100 * MIB, 20 * MIB, 30 * MIB).requireFits(MIB))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("this machine has 1 MiB (expected: to fit");
  }
}
