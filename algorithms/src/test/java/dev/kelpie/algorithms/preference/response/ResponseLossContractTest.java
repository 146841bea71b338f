package dev.kelpie.algorithms.preference.response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.algorithms.preference.RandomPairs;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLabels;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every loss over single responses of the catalog must do. */
class ResponseLossContractTest {
  private static final int ROWS = 8;
  private static final int TOKENS = 5;
  private static final int[] GROUPS = {0, 0, 0, 0, 3, 3, 3, 3};

  static Set<String> names() {
    return ResponseLosses.catalog().names();
  }

  private static ResponseLoss loss(String name) {
    return ResponseLosses.catalog().create(name, ConfigBlock.empty("loss"));
  }

  /** Rows [from, to), with the weight of each row's label. */
  private static ResponseBatch batch(
      TrainingScope scope, DataType type, int from, int to, double weight) {
    Random random = new Random(5);
    double[][] mask = new double[ROWS][TOKENS];
    double[][] target = new double[ROWS][];
    double[][] desirable = new double[ROWS][];
    double[][] policy = new double[ROWS][];
    double[][] reference = new double[ROWS][];
    for (int n = 0; n < ROWS; n++) {
      Arrays.fill(mask[n], 0, 2 + random.nextInt(TOKENS - 1), 1);
      target[n] = new double[] {1};
      desirable[n] = new double[] {n % 2};
      policy[n] = random.doubles(TOKENS, -2, -1).toArray();
      reference[n] = random.doubles(TOKENS, -2, -1).toArray();
    }
    ResponseLabels labels =
        ResponseLabels.desirable(array(scope, type, desirable, from, to))
            .withDesirable(array(scope, type, desirable, from, to))
            .withTarget(array(scope, type, target, from, to))
            .withGroups(Arrays.copyOfRange(GROUPS, from, to));
    labels = labels.withWeight(labels.weight().mul(weight));
    return new ResponseBatch(
        scope.leaf(array(scope, type, policy, from, to)),
        array(scope, type, reference, from, to),
        array(scope, type, mask, from, to),
        labels,
        new Coupling(0.25, 0.25, 4));
  }

  private static NDArray array(
      TrainingScope scope, DataType type, double[][] all, int from, int to) {
    return scope.manager().create(Arrays.copyOfRange(all, from, to)).toType(type, false);
  }

  private static double[] values(String name, DataType type, int from, int to, double weight) {
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray values = loss(name).evaluate(batch(scope, type, from, to, weight)).values();
      assertThat(values.getDataType()).isEqualTo(type);
      return RandomPairs.doubles(values);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void lossesAndGradientsAreFiniteAndInsideOfTheMask(String name) {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, DataType.FLOAT64, 0, ROWS, 1);
      NDArray losses = loss(name).evaluate(batch).values(); // [N, 1]
      double[] gradient =
          scope.gradients(losses.sum(), List.of(batch.policy())).get(0).toDoubleArray();
      double[] mask = batch.mask().toDoubleArray();
      assertThat(Masked.number(losses.sum())).isFinite();
      assertThat(DoubleStream.of(gradient).allMatch(Double::isFinite)).isTrue();
      assertThat(DoubleStream.of(gradient).anyMatch(g -> g != 0)).isTrue();
      for (int i = 0; i < mask.length; i++) {
        if (mask[i] == 0) {
          assertThat(gradient[i]).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void microbatchesOfWholeUnitsAddUp(String name) {
    double[] parts =
        DoubleStream.concat(
                DoubleStream.of(values(name, DataType.FLOAT64, 0, 4, 1)),
                DoubleStream.of(values(name, DataType.FLOAT64, 4, ROWS, 1)))
            .toArray();
    assertThat(parts).containsExactly(values(name, DataType.FLOAT64, 0, ROWS, 1), within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("names")
  void weightsMultiplyTheLosses(String name) {
    double[] plain = values(name, DataType.FLOAT64, 0, ROWS, 1);
    double[] tripled = DoubleStream.of(plain).map(loss -> 3 * loss).toArray();
    assertThat(values(name, DataType.FLOAT64, 0, ROWS, 3)).containsExactly(tripled, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("names")
  void computesInThePrecisionOfItsInputs(String name) {
    assertThat(values(name, DataType.FLOAT32, 0, ROWS, 1))
        .containsExactly(values(name, DataType.FLOAT64, 0, ROWS, 1), within(1e-4));
  }

  /** Along one direction; nash-md and ditto detach a factor, so theirs is another by design. */
  @ParameterizedTest
  @MethodSource("names")
  void theGradientIsTheSlopeOfTheLosses(String name) {
    if (Set.of("nash-md", "ditto").contains(name)) {
      return;
    }
    double[] direction = new Random(3).doubles(ROWS * TOKENS, -1, 1).toArray();
    double slope = 0;
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, DataType.FLOAT64, 0, ROWS, 1);
      NDArray sum = loss(name).evaluate(batch).values().sum(); // []
      double[] gradient = scope.gradients(sum, List.of(batch.policy())).get(0).toDoubleArray();
      for (int i = 0; i < gradient.length; i++) {
        slope += gradient[i] * direction[i];
      }
    }
    double step = 1e-5;
    double difference = moved(name, direction, step) - moved(name, direction, -step);
    assertThat(difference / (2 * step))
        .isCloseTo(slope, within(1e-6 * Math.max(1, Math.abs(slope))));
  }

  private static double moved(String name, double[] direction, double step) {
    double[] scaled = DoubleStream.of(direction).map(x -> x * step).toArray();
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch given = batch(scope, DataType.FLOAT64, 0, ROWS, 1);
      NDArray shift = scope.manager().create(scaled).reshape(given.mask().getShape()); // [N, T]
      ResponseBatch moved =
          new ResponseBatch(
              given.policy().add(shift),
              given.reference(),
              given.mask(),
              given.labels(),
              given.coupling());
      return loss(name).evaluate(moved).values().sum().getDouble();
    }
  }
}
