package dev.kelpie.algorithms.loss.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.loss.policy.Losses.Outcome;
import dev.kelpie.algorithms.loss.policy.Losses.RandomBatch;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.KebabCase;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every loss of the catalog must do. */
class PolicyLossContractTest {
  /** Their covariances are taken over a microbatch, so cutting it changes them by design. */
  private static final Set<String> OF_MICROBATCH = Set.of("clip-cov", "kl-cov");

  private final RandomBatch batch = new RandomBatch(7, DataType.FLOAT64);

  static Set<String> names() {
    return PolicyLosses.catalog().names();
  }

  private static PolicyObjective objective(String name, Aggregation aggregation) {
    PolicyLoss loss = PolicyLosses.catalog().create(name, ConfigBlock.empty("loss"));
    return PolicyObjective.of(loss, aggregation)
        .withKl(0.1, KlEstimator.of("k3"))
        .withEntropyBonus(0.01);
  }

  @ParameterizedTest
  @MethodSource("names")
  void lossAndGradientAreFinite(String name) {
    Outcome outcome = batch.evaluate(objective(name, Aggregation.tokenMean()), 0, RandomBatch.ROWS);
    assertThat(outcome.loss()).isFinite();
    assertThat(DoubleStream.of(outcome.gradient()).allMatch(Double::isFinite)).isTrue();
    assertThat(DoubleStream.of(outcome.gradient()).anyMatch(g -> g != 0)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("names")
  void computesInThePrecisionOfItsInputs(String name) {
    PolicyObjective objective = objective(name, Aggregation.tokenMean());
    Outcome single = new RandomBatch(7, DataType.FLOAT32).evaluate(objective, 0, RandomBatch.ROWS);
    Outcome twice = batch.evaluate(objective, 0, RandomBatch.ROWS);
    assertThat(single.loss()).isCloseTo(twice.loss(), within(1e-4));
    assertThat(single.gradient()).containsExactly(twice.gradient(), within(1e-4));
  }

  @ParameterizedTest
  @MethodSource("names")
  void maskedTokensHaveNoGradient(String name) {
    Outcome outcome = batch.evaluate(objective(name, Aggregation.tokenMean()), 0, RandomBatch.ROWS);
    double[] mask = batch.mask(0, RandomBatch.ROWS);
    for (int i = 0; i < mask.length; i++) {
      if (mask[i] == 0) {
        assertThat(outcome.gradient()[i]).isZero();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void microbatchesAddUpToTheWholeStep(String name) {
    if (OF_MICROBATCH.contains(name)) {
      return;
    }
    for (Aggregation.Mode mode : Aggregation.Mode.values()) {
      PolicyObjective objective = objective(name, new Aggregation(mode, 20, false));
      Outcome whole = batch.evaluate(objective, 0, 8);
      Outcome first = batch.evaluate(objective, 0, 3);
      Outcome second = batch.evaluate(objective, 3, 8);
      assertThat(first.loss() + second.loss())
          .as(KebabCase.of(mode))
          .isCloseTo(whole.loss(), within(1e-12));
      double[] parts =
          DoubleStream.concat(DoubleStream.of(first.gradient()), DoubleStream.of(second.gradient()))
              .toArray();
      assertThat(parts).as(KebabCase.of(mode)).containsExactly(whole.gradient(), within(1e-14));
    }
  }
}
