package dev.kelpie.algorithms.loss.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.loss.policy.Losses.Outcome;
import dev.kelpie.config.ConfigBlock;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PpoClipLossTest {
  private static Outcome loss(Map<String, ?> options, double policy, double old, double advantage) {
    PolicyLoss loss = PolicyLosses.catalog().create("ppo-clip", ConfigBlock.of("loss", options));
    return Losses.row(loss, new double[] {policy}, new double[] {old}, new double[] {advantage});
  }

  @Test
  void clipsTokenWhoseRatioLeavesRange() {
    // ratio e^0.8 = 2.23, clipped to 1.2; advantage 1: loss -1.2, and no gradient is left
    Outcome outcome = loss(Map.of(), -0.2, -1.0, 1);
    assertThat(outcome.loss()).isCloseTo(-1.2, within(1e-12));
    assertThat(outcome.gradient()).containsExactly(0);
    assertThat(outcome.metrics()).containsEntry("policy/clip_frac", 1.0);
  }

  @Test
  void unclippedTokenHasThePolicyGradient() {
    // ratio e^0 = 1: loss -A = -3, gradient -A r = -3
    Outcome outcome = loss(Map.of(), -1.0, -1.0, 3);
    assertThat(outcome.loss()).isCloseTo(-3, within(1e-12));
    assertThat(outcome.gradient()).containsExactly(-3);
    assertThat(outcome.metrics()).containsEntry("policy/approx_kl", 0.0);
  }

  @Test
  void punishedTokenKeepsItsGradientAboveTheRange() {
    // ratio e^0.8 = 2.2255, advantage -1: max(2.2255, 1.2) = 2.2255
    Outcome outcome = loss(Map.of(), -0.2, -1.0, -1);
    assertThat(outcome.loss()).isCloseTo(Math.exp(0.8), within(1e-12));
  }

  @Test
  void dualClipBoundsThePunishment() {
    // ratio e^2 = 7.39, advantage -1, c = 3: min(7.39, 3) = 3, without gradient
    Outcome outcome = loss(Map.of("dual-clip", 3), -0.5, -2.5, -1);
    assertThat(outcome.loss()).isCloseTo(3, within(1e-12));
    assertThat(outcome.gradient()).containsExactly(0);
    assertThat(outcome.metrics()).containsEntry("policy/clip_frac_lower", 1.0);
  }

  @Test
  void logRatioClampHidesOutliers() {
    // d = 30 clamped to 20, advantage -1: loss e^20, gradient 0
    Outcome outcome = loss(Map.of("log-ratio-clamp", 20), -1, -31, -1);
    assertThat(outcome.loss() / Math.exp(20)).isCloseTo(1, within(1e-12));
    assertThat(outcome.gradient()).containsExactly(0);
  }
}
