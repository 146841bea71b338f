package dev.kelpie.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import org.junit.jupiter.api.Test;

class KlEstimatorTest {
  /** Value and gradient at policy -1, reference -1.5: d = 0.5. */
  private static double[] at(KlEstimator estimator) {
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray policy = scope.leaf(scope.manager().create(new double[][] {{-1}})); // [1, 1]
      NDArray reference = scope.manager().create(new double[][] {{-1.5}}); // [1, 1]
      NDArray kl = estimator.estimate(policy, reference, null).sum(); // []
      double value = kl.getDouble();
      return new double[] {value, scope.gradients(kl, List.of(policy)).get(0).getDouble(0, 0)};
    }
  }

  @Test
  void estimatesOfOneToken() {
    assertThat(at(KlEstimator.of("k1"))).containsExactly(0.5, 1);
    assertThat(at(KlEstimator.of("k2"))).containsExactly(0.125, 0.5);
    // k3: e^-0.5 - 1 + 0.5 = 0.10653, gradient 1 - e^-0.5 = 0.39347
    assertThat(at(KlEstimator.of("k3")))
        .containsExactly(new double[] {Math.exp(-0.5) - 0.5, 1 - Math.exp(-0.5)}, within(1e-12));
  }

  @Test
  void straightThroughHasTheGradientOfK2() {
    KlEstimator estimator =
        new KlEstimator(KlEstimator.Form.K3, 0, 0, true, KlEstimator.Importance.NONE);
    assertThat(at(estimator))
        .containsExactly(new double[] {Math.exp(-0.5) - 0.5, 0.5}, within(1e-12));
  }

  @Test
  void unknownNameIsRefused() {
    assertThatThrownBy(() -> KlEstimator.of("k9")).hasMessageContaining("k1, k2, k3 or abs");
  }

  @Test
  void adaptiveCoefficientGrowsWhenTheKlIsAboveTarget() {
    // error clip(12 / 6 - 1) = 0.2; 0.1 * (1 + 0.2 * 100 / 1000) = 0.102
    KlController controller = new KlController(0.1, 6, 1000).updated(12, 100);
    assertThat(controller.coefficient()).isCloseTo(0.102, within(1e-12));
    assertThat(new KlController(0.1, 0, 1000).updated(12, 100).coefficient()).isEqualTo(0.1);
  }
}
