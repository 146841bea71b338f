package dev.kelpie.algorithms.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PrimeTest {
  private static final Offset<Double> EXACT = within(1e-12);
  private static final double[][] MASK = {{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  private static final int[] GROUP = {0, 0, 0, 0};

  @Test
  void outcomesAloneAreLeaveOneOut() {
    double[][] none = new double[4][2];
    Credit credit = credit(Prime.Options.DEFAULTS, new double[] {1, 0, 0, 1}, MASK, GROUP, none);
    // 1 - (0 + 0 + 1) / 3 and 0 - (1 + 0 + 1) / 3
    double[] expected = {2 / 3., -2 / 3., -2 / 3., 2 / 3.};
    for (int b = 0; b < 4; b++) {
      assertThat(credit.advantages()[b][0]).isCloseTo(expected[b], EXACT);
      assertThat(credit.advantages()[b][1]).isCloseTo(expected[b], EXACT);
    }
  }

  @Test
  void addsDiscountedProcessRewardsLessTheMeanOfTheOthers() {
    double[][] process = {{.3, .1}, {.2, .4}, {0, 0}, {.6, 0}};
    Prime.Options options = new Prime.Options(0.5, 2, false);
    Credit credit = credit(options, new double[] {1, 0, 0, 1}, MASK, GROUP, process);
    // baseline of row 0: (.3 + 0 + .3) / 3 = .2; rewards less it .1 and -.1; from the first token
    // .1 + .5 (-.1) = .05; twice that beside the outcome's 2/3
    assertThat(credit.advantages()[0][0]).isCloseTo(2 / 3. + 2 * .05, EXACT);
    assertThat(credit.advantages()[0][1]).isCloseTo(2 / 3. - 2 * .1, EXACT);
    assertThat(credit.returns()).isEqualTo(credit.advantages());
  }

  @Test
  void stepsOverMaskedTokensAndLeavesAGroupOfOneAlone() {
    double[][] mask = {{1, 0, 1}, {1, 1, 1}, {1, 1, 1}};
    double[][] process = {{.3, 9, .1}, {.1, .1, .1}, {.5, .5, .5}};
    Credit credit =
        credit(Prime.Options.DEFAULTS, new double[] {1, 1, 1}, mask, new int[] {0, 0, 1}, process);
    // row 0: equal outcomes; .3 - .1 + .1 - .1 from the first token, .1 - .1 from the last
    assertThat(credit.advantages()[0][0]).isCloseTo(.2, EXACT);
    assertThat(credit.advantages()[0][1]).isZero();
    assertThat(credit.advantages()[0][2]).isCloseTo(0, EXACT);
    assertThat(credit.advantages()[2]).containsOnly(0);
  }

  private static Credit credit(
      Prime.Options options, double[] scores, double[][] mask, int[] groups, double[][] process) {
    return new Prime(options)
        .estimate(ScoreBatches.of(scores, mask, groups).with(Column.PROCESS_REWARDS, process));
  }
}
