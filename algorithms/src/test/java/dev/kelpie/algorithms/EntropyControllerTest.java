package dev.kelpie.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EntropyControllerTest {
  @Test
  void theCoefficientMovesTowardsTheTargetAndActsAtOrBelowItOnly() {
    EntropyController start = EntropyController.start(0.01, 0.5, 0.005, 0, 0.018);
    assertThat(start.applied()).isZero(); // nothing is known of the entropy
    EntropyController low = start.updated(0.4); // .01 + .005
    assertThat(low.applied()).isCloseTo(0.015, within(1e-15));
    EntropyController still = low.updated(0.5); // at the target: .015 + .005, at most .018
    assertThat(still.applied()).isCloseTo(0.018, within(1e-15));
    EntropyController high = still.updated(0.6); // .018 - .005, and it does not act
    assertThat(high.applied()).isZero();
    assertThat(high.coefficient()).isCloseTo(0.013, within(1e-15));
    EntropyController least = high;
    for (int i = 0; i < 3; i++) {
      least = least.updated(0.6);
    }
    assertThat(least.coefficient()).isZero();
    assertThat(least.updated(Double.NaN)).isEqualTo(least);
  }

  @Test
  void withoutATargetTheCoefficientStaysAndActs() {
    EntropyController fixed = EntropyController.start(0.01, 0, 0.005, 0, 1);
    assertThat(fixed.updated(0.4)).isEqualTo(fixed);
    assertThat(fixed.applied()).isEqualTo(0.01);
  }

  @Test
  void itContinuesFromTheStateOfACheckpoint() {
    EntropyController low = EntropyController.start(0.01, 0.5, 0.005, 0, 1).updated(0.4);
    EntropyController restored =
        EntropyController.start(0.01, 0.5, 0.005, 0, 1).with(low.coefficient(), low.entropy());
    assertThat(restored.updated(0.3)).isEqualTo(low.updated(0.3));
  }
}
