package dev.kelpie.algorithms.loss.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TiltedReinforceLossTest {
  private final Catalog<PolicyLoss> catalog =
      PolicyLosses.catalog()
          .add("tilted-reinforce", TiltedReinforceLoss.Options.DEFAULTS, TiltedReinforceLoss::new);

  @Test
  void badResponsesCountLess() {
    PolicyLoss loss =
        catalog.create(
            ConfigBlock.of("loss", Map.of("type", "tilted-reinforce", "negative-weight", 0.25)));
    // token 1: -(2 * -1) = 2; token 2: -(-2 * 0.25 * -3) = -1.5
    Losses.Outcome outcome =
        Losses.row(loss, new double[] {-1, -3}, new double[] {-1, -3}, new double[] {2, -2});
    assertThat(outcome.loss()).isCloseTo((2 - 1.5) / 2, within(1e-12));
    assertThat(outcome.gradient()).containsExactly(-1, 0.25);
  }
}
