package dev.kelpie.algorithms.preference.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.algorithms.preference.Pairs;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.RandomPairs;
import dev.kelpie.algorithms.preference.RandomPairs.Outcome;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every loss over pairs of the catalog must do, and the example of docs/adding.md. */
class PreferenceLossContractTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/algorithms/preference/pair/ExponentialPairLoss.java");

  private static final Catalog<PreferenceLoss> CATALOG =
      PreferenceLosses.catalog()
          .add("exponential", ExponentialPairLoss.Options.DEFAULTS, ExponentialPairLoss::new);

  private final RandomPairs pairs = new RandomPairs(11, DataType.FLOAT64);

  static Set<String> names() {
    return CATALOG.names();
  }

  private static PreferenceLoss loss(String name) {
    return CATALOG.create(name, ConfigBlock.empty("loss"));
  }

  private Outcome outcome(String name, int from, int to) {
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = pairs.batch(scope, from, to).with(pairs.labels(scope, from, to));
      return RandomPairs.outcome(scope, loss(name), batch);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void lossesAndGradientsAreFinite(String name) {
    Outcome outcome = outcome(name, 0, RandomPairs.PAIRS);
    assertThat(DoubleStream.of(outcome.losses()).allMatch(Double::isFinite)).isTrue();
    assertThat(DoubleStream.of(outcome.gradient()).allMatch(Double::isFinite)).isTrue();
    assertThat(
            loss(name).nllCoef() > 0 || DoubleStream.of(outcome.gradient()).anyMatch(g -> g != 0))
        .isTrue();
  }

  @ParameterizedTest
  @MethodSource("names")
  void certainLabelsOfWeightOneChangeNoBit(String name) {
    PreferenceLoss loss = loss(name);
    if (loss.needsTargets()) {
      return;
    }
    Outcome without;
    try (TrainingScope scope = TrainingScope.open()) {
      without = RandomPairs.outcome(scope, loss, pairs.batch(scope, 0, RandomPairs.PAIRS));
    }
    Outcome with = outcome(name, 0, RandomPairs.PAIRS);
    assertThat(with.losses()).isEqualTo(without.losses());
    assertThat(with.gradient()).isEqualTo(without.gradient());
  }

  @ParameterizedTest
  @MethodSource("names")
  void weightsMultiplyTheLossesOfTheirPairs(String name) {
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels = pairs.labels(scope, 0, 2);
      NDArray weights = scope.manager().create(new double[][] {{0}, {3}}); // [2, 1]
      PairBatch batch = pairs.batch(scope, 0, 2);
      double[] plain = RandomPairs.outcome(scope, loss(name), batch.with(labels)).losses();
      double[] weighted =
          RandomPairs.outcome(scope, loss(name), batch.with(labels.withWeight(weights))).losses();
      assertThat(weighted).containsExactly(new double[] {0, 3 * plain[1]}, within(1e-12));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void aSwappedPairWithTheOppositeLabelIsTheSamePair(String name) {
    PreferenceLoss loss = loss(name);
    if (!loss.takesProbability() || loss.unit() != LossUnit.PAIR || hasTermOfOneSide(name)) {
      return;
    }
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels = pairs.labels(scope, 0, 2);
      NDArray p = scope.manager().create(new double[][] {{0.3}, {1}}); // [2, 1]
      PairBatch batch = pairs.batch(scope, 0, 2);
      double[] given =
          loss.evaluate(batch.with(labels.withProbability(p))).values().toDoubleArray();
      double[] other =
          loss.evaluate(RandomPairs.swapped(batch).with(labels.withProbability(p.neg().add(1))))
              .values()
              .toDoubleArray();
      assertThat(other).containsExactly(given, within(1e-12));
    }
  }

  /** Their exploration term is of the reference's response, or of the chosen one. */
  private static boolean hasTermOfOneSide(String name) {
    return Set.of("xpo", "vpo").contains(name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void microbatchesOfWholePairsAddUp(String name) {
    if (loss(name).unit() != LossUnit.PAIR) {
      return;
    }
    double[] whole = outcome(name, 0, RandomPairs.PAIRS).losses();
    double[] parts =
        DoubleStream.concat(
                DoubleStream.of(outcome(name, 0, 2).losses()),
                DoubleStream.of(outcome(name, 2, RandomPairs.PAIRS).losses()))
            .toArray();
    assertThat(parts).containsExactly(whole, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("names")
  void tokensOutsideOfTheMaskHaveNoGradient(String name) {
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch =
          pairs.batch(scope, 0, RandomPairs.PAIRS).with(pairs.labels(scope, 0, RandomPairs.PAIRS));
      double[] gradient = RandomPairs.outcome(scope, loss(name), batch).gradient();
      double[] masks =
          DoubleStream.concat(
                  DoubleStream.of(batch.chosenMask().toDoubleArray()),
                  DoubleStream.of(batch.rejectedMask().toDoubleArray()))
              .toArray();
      for (int i = 0; i < masks.length; i++) {
        if (masks[i] == 0) {
          assertThat(gradient[i]).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void computesInThePrecisionOfItsInputs(String name) {
    double[] expected = outcome(name, 0, 2).losses();
    RandomPairs single = new RandomPairs(11, DataType.FLOAT32);
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = single.batch(scope, 0, 2).with(single.labels(scope, 0, 2));
      NDArray losses = loss(name).evaluate(batch).values(); // [2, 1]
      assertThat(losses.getDataType()).isEqualTo(DataType.FLOAT32);
      for (int n = 0; n < 2; n++) {
        assertThat(losses.getFloat(n, 0))
            .isCloseTo((float) expected[n], within((float) (1e-4 * Math.max(1, expected[n]))));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysWhatItNeedsAndWhatItDoesNotHonour(String name) {
    PreferenceLoss loss = loss(name);
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels = pairs.labels(scope, 0, 2);
      NDArray half = scope.manager().create(new double[][] {{0.5}, {1}}); // [2, 1]
      PairBatch batch = pairs.batch(scope, 0, 2);
      assertThatCode(() -> loss.check(name, batch.with(labels))).doesNotThrowAnyException();
      refuses(
          !loss.takesProbability(),
          () -> loss.check(name, batch.with(labels.withProbability(half))),
          name + " takes no label whose probability is not 1");
      refuses(
          !loss.takesMargin(),
          () -> loss.check(name, batch.with(labels.withMargin(half))),
          name + " takes no label with a margin");
      refuses(
          loss.needsReference(),
          () -> loss.check(name, batch.withoutReference().with(labels)),
          name + " needs a reference");
      refuses(
          loss.needsTargets() || loss.sidesHaveRoles(),
          () -> loss.check(name, batch),
          name + " needs labels");
    }
  }

  private static void refuses(boolean expected, Runnable check, String message) {
    if (expected) {
      assertThatThrownBy(check::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(message);
    } else {
      assertThatCode(check::run).doesNotThrowAnyException();
    }
  }

  /** Along one direction; the ratio of p3o is detached, so its gradient is another by design. */
  @ParameterizedTest
  @MethodSource("names")
  void theGradientIsTheSlopeOfTheLosses(String name) {
    if (name.equals("p3o")) {
      return;
    }
    double[] gradient = outcome(name, 0, RandomPairs.PAIRS).gradient();
    double[] direction = new Random(3).doubles(gradient.length, -1, 1).toArray();
    double slope = 0;
    for (int i = 0; i < gradient.length; i++) {
      slope += gradient[i] * direction[i];
    }
    double step = 1e-5;
    double difference = moved(name, direction, step) - moved(name, direction, -step);
    assertThat(difference / (2 * step))
        .isCloseTo(slope, within(1e-5 * Math.max(1, Math.abs(slope))));
  }

  private double moved(String name, double[] direction, double step) {
    int half = direction.length / 2;
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch given = pairs.batch(scope, 0, RandomPairs.PAIRS);
      PairBatch moved =
          new PairBatch(
              given.policyChosen().add(shift(given, Arrays.copyOf(direction, half), step)),
              given
                  .policyRejected()
                  .add(shift(given, Arrays.copyOfRange(direction, half, direction.length), step)),
              given.referenceChosen(),
              given.referenceRejected(),
              given.chosenMask(),
              given.rejectedMask(),
              pairs.labels(scope, 0, RandomPairs.PAIRS),
              given.columns());
      return loss(name).evaluate(moved).values().sum().getDouble();
    }
  }

  private static NDArray shift(PairBatch batch, double[] direction, double step) {
    double[] scaled = DoubleStream.of(direction).map(x -> x * step).toArray();
    return batch.chosenMask().getManager().create(scaled).reshape(batch.chosenMask().getShape());
  }

  @Test
  void theDocumentQuotesTheTestedFile() throws IOException {
    assertThat(Files.readString(Path.of("../docs/adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }

  @Test
  void theExampleIsExponentialInTheMargin() {
    // beta h - m = 0.5 * 2 - 0.25, p = 0.9
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels =
          Pairs.labels(scope)
              .withProbability(Pairs.row(scope, 0.9))
              .withMargin(Pairs.row(scope, 0.25));
      PreferenceLoss loss =
          CATALOG.create("exponential", ConfigBlock.of("loss", Map.of("beta", 0.5)));
      assertThat(loss.evaluate(Pairs.ofRatios(scope, 1, -1).with(labels)).values().getDouble(0, 0))
          .isCloseTo(0.9 * Math.exp(-0.75) + 0.1 * Math.exp(0.75), within(1e-12));
    }
  }
}
