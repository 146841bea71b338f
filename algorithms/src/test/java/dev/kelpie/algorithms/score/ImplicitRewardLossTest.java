package dev.kelpie.algorithms.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ImplicitRewardLossTest {
  private static final Offset<Double> CLOSE = within(1e-6);

  @Test
  void crossEntropyOfSummedLogRatios() {
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray logprobs = scope.leaf(scope.floats(new float[] {-1, -2, -3, -9}, 2, 2)); // [B, R]
      NDArray mask = scope.floats(new float[] {1, 1, 1, 0}, 2, 2); // [B, R]
      TokenBatch batch =
          TokenBatch.of(mask)
              .with(
                  Column.REFERENCE_LOGPROBS,
                  scope.floats(new float[] {-2, -3, -2, 0}, 2, 2)); // [B, R]
      LossTerms terms =
          new ImplicitRewardLoss(0.5).evaluate(logprobs, batch, new double[] {1, 0}, 4);
      // sums: 0.5 (1 + 1) = 1, right; 0.5 (-1) = -0.5, wrong; of four responses of the step
      double loss = (Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(-0.5))) / 4;
      assertThat(terms.metrics().values().get("process_reward/loss")).isCloseTo(loss, CLOSE);
      assertThat(terms.metrics().values()).containsEntry("process_reward/accuracy", 1.0);
      float[] gradients = scope.gradients(terms.loss(), List.of(logprobs)).get(0).toFloatArray();
      // beta (sigmoid(s) - label) / 4, nothing on the masked token
      double right = 0.5 * (1 / (1 + Math.exp(-1)) - 1) / 4;
      assertThat((double) gradients[0]).isCloseTo(right, CLOSE);
      assertThat((double) gradients[1]).isCloseTo(right, CLOSE);
      assertThat((double) gradients[2]).isCloseTo(0.5 / (1 + Math.exp(0.5)) / 4, CLOSE);
      assertThat(gradients[3]).isZero();
    }
  }

  @Test
  void rewardsAreScaledLogRatios() {
    assertThat(new ImplicitRewardLoss(0.05).rewards(new double[] {-1, -4}, new double[] {-3, -2}))
        .containsExactly(0.1, -0.1);
  }
}
