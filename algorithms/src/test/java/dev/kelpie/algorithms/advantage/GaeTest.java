package dev.kelpie.algorithms.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.ConfigBlock;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GaeTest {
  private static final Map<String, ?> HALF = Map.of("gamma", 1, "lambda", 0.5, "whiten", false);

  private static Credit gae(double[] rewards, double[] values, double[] mask) {
    RewardBatch batch =
        RewardBatch.of(new double[][] {rewards}, new double[][] {mask}, new int[] {0})
            .with(Column.VALUES, new double[][] {values});
    return AdvantageEstimators.catalog()
        .create("gae", ConfigBlock.of("advantage", HALF))
        .estimate(batch);
  }

  @Test
  void traceDecaysByLambda() {
    // t = 1: delta = 1 - 0.4 = 0.6, A = 0.6; t = 0: delta = 0.4 - 0.2 = 0.2, A = 0.2 + 0.5 * 0.6
    Credit credit = gae(new double[] {0, 1}, new double[] {0.2, 0.4}, new double[] {1, 1});
    assertThat(credit.advantages()[0]).containsExactly(new double[] {0.5, 0.6}, within(1e-12));
    // returns are A + V
    assertThat(credit.returns()[0]).containsExactly(new double[] {0.7, 1.0}, within(1e-12));
  }

  @Test
  void tokensOfATurnBetweenAreSteppedOver() {
    Credit without = gae(new double[] {0, 1}, new double[] {0.2, 0.4}, new double[] {1, 1});
    Credit with = gae(new double[] {0, 9, 1}, new double[] {0.2, 7, 0.4}, new double[] {1, 0, 1});
    assertThat(with.advantages()[0])
        .containsExactly(without.advantages()[0][0], 0, without.advantages()[0][1]);
  }
}
