package dev.kelpie.algorithms.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MinNormTest {
  @Test
  void oppositeGradientsCancel() {
    // g and -3 g: 3/4 g - 1/4 3 g = 0
    double[][] products = {{1, -3}, {-3, 9}};
    assertThat(MinNorm.weights(products)).containsExactly(new double[] {0.75, 0.25}, within(1e-9));
  }

  @Test
  void gradientsAtARightAngleWeighByTheOthersSquare() {
    // (1, 0) and (0, 2): w^2 + 4 (1 - w)^2 is least at w = 4/5
    double[][] products = {{1, 0}, {0, 4}};
    assertThat(MinNorm.weights(products)).containsExactly(new double[] {0.8, 0.2}, within(1e-9));
  }

  @Test
  void shorterOfTwoGradientsOfOneDirectionIsTakenAlone() {
    double[][] products = {{4, 2}, {2, 1}};
    assertThat(MinNorm.weights(products)).containsExactly(new double[] {0, 1}, within(1e-9));
  }

  @Test
  void combinationHasAProductWithEachOfAtLeastItsSquare() {
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 200; trial++) {
      int count = 2 + random.nextInt(5);
      double[][] gradients = new double[count][3 + random.nextInt(8)];
      for (double[] gradient : gradients) {
        for (int i = 0; i < gradients[0].length; i++) {
          gradient[i] = random.nextGaussian();
        }
      }
      double[][] products = new double[count][count];
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
          for (int k = 0; k < gradients[0].length; k++) {
            products[i][j] += gradients[i][k] * gradients[j][k];
          }
        }
      }
      double[] weights = MinNorm.weights(products);
      double[] own = MinNorm.of(products, weights);
      double square = 0;
      double sum = 0;
      for (int i = 0; i < count; i++) {
        assertThat(weights[i]).isNotNegative();
        sum += weights[i];
        square += weights[i] * own[i];
      }
      assertThat(sum).isCloseTo(1, within(1e-12));
      for (double product : own) {
        assertThat(product).isGreaterThan(square - 1e-6);
      }
    }
  }
}
