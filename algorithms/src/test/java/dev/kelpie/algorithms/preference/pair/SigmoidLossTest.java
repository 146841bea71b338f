package dev.kelpie.algorithms.preference.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SigmoidLossTest {
  @Test
  void lossFallsWithTheMarginOverTheReference() {
    // c = (-1 + -1) - (-2 + -1) = 1, r = -3 - -2 = -1 (second token masked), h = 2, beta 0.5:
    // loss log(1 + e^-1); its gradient by a chosen token is -0.5 sigmoid(-1)
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray chosen = scope.leaf(scope.manager().create(new double[][] {{-1, -1}})); // [1, 2]
      NDArray rejected = scope.leaf(scope.manager().create(new double[][] {{-3, 0}})); // [1, 2]
      PairBatch batch =
          new PairBatch(
              chosen,
              rejected,
              scope.manager().create(new double[][] {{-2, -1}}),
              scope.manager().create(new double[][] {{-2, 0}}),
              scope.manager().create(new double[][] {{1, 1}}),
              scope.manager().create(new double[][] {{1, 0}}));
      PairLosses losses =
          PreferenceLosses.catalog()
              .create("sigmoid", ConfigBlock.of("loss", Map.of("beta", 0.5)))
              .evaluate(batch);
      assertThat(losses.values().getDouble(0, 0))
          .isCloseTo(Math.log1p(Math.exp(-1)), within(1e-12));
      assertThat(losses.chosenRewards().getDouble(0, 0)).isEqualTo(0.5);
      assertThat(losses.rejectedRewards().getDouble(0, 0)).isEqualTo(-0.5);
      double gradient = -0.5 / (1 + Math.E);
      assertThat(
              scope
                  .gradients(losses.values().sum(), List.of(chosen, rejected))
                  .get(0)
                  .toDoubleArray())
          .containsExactly(new double[] {gradient, gradient}, within(1e-12));
    }
  }
}
