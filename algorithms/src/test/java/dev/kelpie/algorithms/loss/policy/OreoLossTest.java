package dev.kelpie.algorithms.loss.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import org.junit.jupiter.api.Test;

class OreoLossTest {
  private static final double BETA = 0.5;

  /** Token losses and their gradient for log-ratios to the reference now and when drawn. */
  private static double[][] evaluate(double[] now, double[] drawn, double[] values) {
    // reward 1 at the end; the returns hold the penalty of the policy that drew
    double[] returns = {1 - BETA * (drawn[0] + drawn[1]), 1 - BETA * drawn[1]};
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray logprobs = scope.leaf(row(scope, now[0] - 1, now[1] - 2)); // [1, 2]
      TokenBatch batch =
          TokenBatch.of(logprobs.onesLike())
              .with(Column.OLD_LOGPROBS, row(scope, drawn[0] - 1, drawn[1] - 2))
              .with(Column.OLD_VALUES, row(scope, values))
              .with(Column.RETURNS, row(scope, returns));
      NDArray losses =
          new OreoLoss(new OreoLoss.Options(BETA))
              .evaluate(new PolicyOutputs(logprobs, logprobs.zerosLike()), batch)
              .values(); // [1, 2]
      return new double[][] {
        losses.toDoubleArray(),
        scope.gradients(losses.sum(), List.of(logprobs)).get(0).toDoubleArray()
      };
    }
  }

  private static NDArray row(TrainingScope scope, double... numbers) {
    return scope.manager().create(new double[][] {numbers}); // [1, 2]
  }

  @Test
  void theSoftOptimalValueAndPolicyHaveNoLoss() {
    // V2 = 1 - beta x2, V1 = 1 - beta (x1 + x2)
    double[][] outcome =
        evaluate(new double[] {0.3, -0.2}, new double[] {0.3, -0.2}, new double[] {0.95, 1.1});
    assertThat(outcome[0]).containsExactly(new double[] {0, 0}, within(1e-12));
    assertThat(outcome[1]).containsExactly(new double[] {0, 0}, within(1e-12));
  }

  @Test
  void theErrorIsThatOfThePresentPolicyWhoeverDrew() {
    // E1 = V1 - 1 + beta (x1 + x2) = 0.2 - 1 + 0.5 * 0.6, E2 = 0.4 - 1 + 0.5 * 0.4;
    // later log-ratios are detached: the slope by x_t is 2 E_t beta
    double first = 0.2 - 1 + 0.3;
    double second = 0.4 - 1 + 0.2;
    for (double[] drawn : new double[][] {{0.2, 0.4}, {-1, 2}}) {
      double[][] outcome = evaluate(new double[] {0.2, 0.4}, drawn, new double[] {0.2, 0.4});
      assertThat(outcome[0])
          .containsExactly(new double[] {first * first, second * second}, within(1e-12));
      assertThat(outcome[1]).containsExactly(new double[] {first, second}, within(1e-12));
    }
  }
}
