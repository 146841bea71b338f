package dev.kelpie.algorithms.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.ConfigBlock;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MacroGaeTest {
  private static final double[][] MASK = {{1, 1, 0, 1, 1, 1}, {1, 1, 1, 0, 0, 0}};
  private static final double[][] REWARDS = {{.1, -.2, 9, .3, 0, 1}, {0, .05, .7, 0, 0, 0}};
  private static final double[][] VALUES = {{.4, .3, 5, .2, .6, .1}, {.25, .5, .125, 0, 0, 0}};

  private static Credit estimate(String name, Map<String, ?> options) {
    Map<String, Object> all = new HashMap<>(options);
    return AdvantageEstimators.catalog()
        .create(name, ConfigBlock.of("advantage", all))
        .estimate(RewardBatch.of(REWARDS, MASK, new int[] {0, 1}).with(Column.VALUES, VALUES));
  }

  @Test
  void macroActionsOfOneTokenAreGaeBitForBit() {
    for (boolean whiten : new boolean[] {true, false}) {
      Map<String, Object> options = Map.of("gamma", 0.9, "lambda", 0.8, "whiten", whiten);
      Map<String, Object> macro = new HashMap<>(options);
      macro.put("ngram", 1);
      Credit gae = estimate("gae", options);
      Credit given = estimate("macro-gae", macro);
      assertThat(given.advantages()).isDeepEqualTo(gae.advantages());
      assertThat(given.returns()).isDeepEqualTo(gae.returns());
    }
  }

  @Test
  void aResponseThatIsOneMacroActionGetsItsRewardMinusItsMeanValue() {
    Credit credit = estimate("macro-gae", Map.of("ngram", 8, "whiten", false));
    // row 0: 0.1 - 0.2 + 0.3 + 0 + 1 - (0.4 + 0.3 + 0.2 + 0.6 + 0.1) / 5; row 1: 0.75 - 0.875 / 3
    double first = 1.2 - 0.32;
    assertThat(credit.advantages()[0])
        .containsExactly(new double[] {first, first, 0, first, first, first}, within(1e-12));
    assertThat(credit.advantages()[1][0]).isCloseTo(0.75 - 0.875 / 3, within(1e-12));
    assertThat(credit.returns()[0][5]).isCloseTo(1.2, within(1e-12));
  }

  @Test
  void theTraceRunsOverMacroActions() {
    // row 0 in pairs of tokens: values .35 .4 .1, rewards -.1 .3 1; gamma 1, lambda 1/2
    // A3 = 1 - .1, A2 = .3 + .1 - .4 + .45, A1 = -.1 + .4 - .35 + .225
    Credit credit = estimate("macro-gae", Map.of("ngram", 2, "lambda", 0.5, "whiten", false));
    assertThat(credit.advantages()[0])
        .containsExactly(new double[] {.175, .175, 0, .45, .45, .9}, within(1e-12));
  }

  @Test
  void rewardsMayBeAveragedAndTheLastTokenStandAlone() {
    // row 0 as {1, 2, 3, 4} and {5}: rewards .2 / 4 and 1, values 1.5 / 4 and .1
    Credit credit =
        estimate(
            "macro-gae",
            Map.of("ngram", 8, "lambda", 1, "reward", "mean", "last-alone", true, "whiten", false));
    assertThat(credit.advantages()[0][5]).isCloseTo(.9, within(1e-12));
    assertThat(credit.advantages()[0][0]).isCloseTo(.05 + .1 - .375 + .9, within(1e-12));
  }
}
