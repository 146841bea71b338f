package dev.kelpie.algorithms.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupRelativeTest {
  /** Advantages of the only token of each response. */
  private static double[] advantages(
      String type, Map<String, ?> options, int[] groups, double... scores) {
    double[][] mask = new double[scores.length][];
    Arrays.setAll(mask, b -> new double[] {1});
    Credit credit =
        AdvantageEstimators.catalog()
            .create(type, ConfigBlock.of("advantage", options))
            .estimate(ScoreBatches.of(scores, mask, groups));
    return Arrays.stream(credit.advantages()).mapToDouble(row -> row[0]).toArray();
  }

  @Test
  void scoreRelativeToItsGroup() {
    // group 0: mean 2, unbiased std sqrt((1 + 1) / 1) = 1.41421; group 1, interleaved: mean 5
    double[] got = advantages("grpo", Map.of("epsilon", 0), new int[] {0, 1, 0, 1}, 1, 4, 3, 6);
    double unit = 1 / Math.sqrt(2);
    assertThat(got).containsExactly(new double[] {-unit, -unit, unit, unit}, within(1e-12));
  }

  @Test
  void groupWithEqualScoresTeachesNothing() {
    assertThat(advantages("grpo", Map.of(), new int[] {0, 0, 0}, 0.1, 0.1, 0.1))
        .containsExactly(0, 0, 0);
  }

  @Test
  void groupOfOneTeachesNothingUnlessRaw() {
    assertThat(advantages("grpo", Map.of(), new int[] {0}, 3)).containsExactly(0);
    assertThat(advantages("grpo", Map.of("singleton", "raw", "epsilon", 0), new int[] {0}, 3))
        .containsExactly(3);
  }

  @Test
  void drGrpoOnlyCentres() {
    assertThat(advantages("dr-grpo", Map.of(), new int[] {0, 0}, 1, 4)).containsExactly(-1.5, 1.5);
  }

  @Test
  void rlooComparesWithTheOthers() {
    // 6 - (1 + 2) / 2 = 4.5; 1 - (6 + 2) / 2 = -3; 2 - (6 + 1) / 2 = -1.5
    assertThat(advantages("rloo", Map.of(), new int[] {0, 0, 0}, 6, 1, 2))
        .containsExactly(4.5, -3, -1.5);
  }

  @Test
  void opoWeighsTheBaselineByLength() {
    // lengths 1 and 3, scores 4 and 0: baseline (4 + 0) / 4 = 1
    RewardBatch batch =
        ScoreBatches.of(new double[] {4, 0}, new double[][] {{1}, {1, 1, 1}}, new int[] {0, 0});
    Credit credit =
        AdvantageEstimators.catalog().create("opo", ConfigBlock.empty("advantage")).estimate(batch);
    assertThat(credit.advantages()).isDeepEqualTo(new double[][] {{3}, {-1, -1, -1}});
  }
}
