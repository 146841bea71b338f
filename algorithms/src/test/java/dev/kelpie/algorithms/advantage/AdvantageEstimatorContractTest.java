package dev.kelpie.algorithms.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every estimator of the catalog must do, and the example of docs/adding.md beside them. */
class AdvantageEstimatorContractTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/algorithms/advantage/BestResponse.java");

  private static final Catalog<AdvantageEstimator> CATALOG =
      AdvantageEstimators.catalog()
          .add("best-response", BestResponse.Options.DEFAULTS, BestResponse::new);

  private static final double[][] MASK = {{1, 1, 0}, {1, 0, 1}, {1, 1, 1}, {1, 0, 0}};
  private static final double[][] VALUES = {{.1, .2, .3}, {.4, .1, .2}, {.3, .3, .1}, {.5, .1, .2}};
  private static final double[][] LOGPROBS = {
    {-1, -2, 0}, {-.5, 0, -1}, {-1, -.1, -2}, {-.7, 0, 0}
  };
  private static final double[][] SQUARES = {{.4, .2, 0}, {.5, 0, .4}, {.4, .8, .2}, {.5, 0, 0}};
  private static final double[][] PROCESS = {{.1, .2, 0}, {.1, 0, -.2}, {.1, .2, .3}, {0, 0, 0}};
  private static final double[] GREEDY = {.5, .5, .25, .25};
  private static final int[] GROUPS = {4, 4, 7, 7};

  static Set<String> names() {
    return CATALOG.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void masksWhatIsNotAToken(String name) {
    Credit credit = estimator(name).estimate(batch(1, 0, 0.5, 0.25));
    for (int b = 0; b < MASK.length; b++) {
      for (int t = 0; t < MASK[b].length; t++) {
        assertThat(credit.advantages()[b][t]).isFinite();
        assertThat(credit.returns()[b][t]).isFinite();
        if (MASK[b][t] == 0) {
          assertThat(credit.advantages()[b][t]).isZero();
          assertThat(credit.returns()[b][t]).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void prefersTheBetterResponseOfAPrompt(String name) {
    Credit credit = estimator(name).estimate(batch(1, 0, 0.5, 0.25));
    assertThat(credit.advantages()[0][0]).isGreaterThan(credit.advantages()[1][0]);
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysWhetherItNeedsValues(String name) {
    RewardBatch batch = withSquares(scored().withGreedyRewards(GREEDY));
    needs("values", estimator(name).needsValues(), name, batch);
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysWhetherItNeedsGreedyRewards(String name) {
    RewardBatch batch = withSquares(scored().with(Column.VALUES, VALUES));
    needs("greedy-rewards", estimator(name).needsGreedyRewards(), name, batch);
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysWhetherItNeedsSquares(String name) {
    RewardBatch batch =
        scored()
            .withGreedyRewards(GREEDY)
            .with(Column.VALUES, VALUES)
            .with(Column.PROCESS_REWARDS, PROCESS);
    boolean needed = estimator(name).needsSquares();
    needs("old-logprobs", needed, name, batch);
    needs("sum-squared-probs", needed, name, batch.with(Column.OLD_LOGPROBS, LOGPROBS));
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysWhetherItNeedsProcessRewards(String name) {
    RewardBatch batch =
        scored()
            .withGreedyRewards(GREEDY)
            .with(Column.VALUES, VALUES)
            .with(Column.OLD_LOGPROBS, LOGPROBS)
            .with(Column.SUM_SQUARED_PROBS, SQUARES);
    needs("process-rewards", estimator(name).needsProcessRewards(), name, batch);
  }

  /** The estimator fails for want of {@code what} if it needs that, and estimates if not. */
  private static void needs(String what, boolean needed, String name, RewardBatch without) {
    if (needed) {
      assertThatThrownBy(() -> estimator(name).estimate(without)).hasMessageContaining(what);
    } else {
      assertThat(estimator(name).estimate(without).advantages()).hasDimensions(4, 3);
    }
  }

  @Test
  void theDocumentQuotesTheTestedFile() throws Exception {
    assertThat(Files.readString(Path.of("../docs/adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }

  @Test
  void exampleCreditsTheBestOfEachGroup() {
    AdvantageEstimator estimator =
        CATALOG.create(
            ConfigBlock.of("advantage", Map.of("type", "best-response", "others", -0.5)));
    // group 4: scores 1 and 0; group 7: two scores of 0.5 are both the best
    Credit credit = estimator.estimate(batch(1, 0, 0.5, 0.5));
    assertThat(Arrays.stream(credit.advantages()).mapToDouble(row -> row[0]))
        .containsExactly(1.0, -0.5, 1.0, 1.0);
  }

  private static AdvantageEstimator estimator(String name) {
    return CATALOG.create(name, ConfigBlock.empty("advantage"));
  }

  private static RewardBatch scored() {
    double[] scores = {1, 0, 0, 1};
    return ScoreBatches.of(scores, MASK, GROUPS).withComponents(new double[][] {scores});
  }

  private static RewardBatch batch(double... scores) {
    return withSquares(
        ScoreBatches.of(scores, MASK, GROUPS)
            .withComponents(new double[][] {scores})
            .withGreedyRewards(GREEDY)
            .with(Column.VALUES, VALUES));
  }

  private static RewardBatch withSquares(RewardBatch batch) {
    return batch
        .with(Column.OLD_LOGPROBS, LOGPROBS)
        .with(Column.SUM_SQUARED_PROBS, SQUARES)
        .with(Column.PROCESS_REWARDS, PROCESS);
  }
}
