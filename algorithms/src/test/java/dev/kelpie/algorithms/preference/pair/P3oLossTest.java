package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.algorithms.preference.Pairs.labels;
import static dev.kelpie.algorithms.preference.Pairs.pair;
import static dev.kelpie.algorithms.preference.Pairs.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.RandomPairs;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.Map;
import org.junit.jupiter.api.Test;

class P3oLossTest {
  private static final double[] CHOSEN = {-1, -2};
  private static final double[] REJECTED = {-3, -1};

  private static RandomPairs.Outcome outcome(
      double first, double second, double moved, Map<String, ?> options) {
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch =
          pair(scope, CHOSEN, REJECTED, CHOSEN, REJECTED)
              .with(PairColumn.OLD_CHOSEN, row(scope, -1 - moved, -2))
              .with(PairColumn.OLD_REJECTED, row(scope, -3, -1))
              .with(labels(scope).withTargets(row(scope, first), row(scope, second)));
      return RandomPairs.outcome(
          scope, PreferenceLosses.catalog().create("p3o", ConfigBlock.of("loss", options)), batch);
    }
  }

  @Test
  void onPolicyItIsThePairwisePolicyGradient() {
    // -(2 - 0.5) / 2 by the first response's tokens, + by the second's; loss -1.5 (-3 - -4) / 2
    RandomPairs.Outcome outcome = outcome(2, 0.5, 0, Map.of());
    assertThat(outcome.losses()).containsExactly(new double[] {-0.75}, within(1e-12));
    assertThat(outcome.gradient())
        .containsExactly(new double[] {-0.75, -0.75, 0.75, 0.75}, within(1e-12));
  }

  @Test
  void aRewardShiftedForThePromptChangesNothing() {
    // 2.0, 0.5 and 1024 are dyadic: the same bits
    assertThat(outcome(1026, 1024.5, 0, Map.of()).gradient())
        .isEqualTo(outcome(2, 0.5, 0, Map.of()).gradient());
    assertThat(outcome(2.1, 0.6, 0, Map.of()).gradient())
        .containsExactly(outcome(2, 0.5, 0, Map.of()).gradient(), within(1e-12));
  }

  @Test
  void equalRewardsTeachNothing() {
    assertThat(outcome(0.3, 0.3, 0.1, Map.of()).gradient()).containsOnly(0);
  }

  @Test
  void theRatioOfBothResponsesWeighsThePair() {
    // moved 0.1: ratio e^0.1, no clip
    assertThat(outcome(2, 0.5, 0.1, Map.of("clip", "none")).gradient()[0])
        .isCloseTo(-0.75 * Math.exp(0.1), within(1e-12));
    assertThat(outcome(2, 0.5, 3, Map.of("clip", "none", "ratio-clip", 2)).gradient()[0])
        .isCloseTo(-0.75 * 2, within(1e-12));
  }

  @Test
  void theJointClipStopsADifferenceThatMovedTooFarAlready() {
    // the difference rose by 0.3 > 0.2 while the first response is better: no gradient
    assertThat(outcome(2, 0.5, 0.3, Map.of()).gradient()).containsOnly(0);
    // the first response is worse: the way back is open
    assertThat(outcome(0.5, 2, 0.3, Map.of()).gradient()[0])
        .isCloseTo(0.75 * Math.exp(0.3), within(1e-12));
  }

  @Test
  void theSeparateClipStopsTokensAlone() {
    // the first token of the first response rose by 0.3, the others did not move
    double[] gradient = outcome(2, 0.5, 0.3, Map.of("clip", "separate")).gradient();
    double pull = 0.75 * Math.exp(0.3);
    assertThat(gradient).containsExactly(new double[] {0, -pull, pull, pull}, within(1e-12));
  }

  @Test
  void theKlToTheReferenceLowersTheReward() {
    // c = 1 and r = 0 with a reference 0.5 lower on both chosen tokens: q = 1.5 - 0.5 * 1
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch =
          pair(scope, CHOSEN, REJECTED, new double[] {-1.5, -2.5}, REJECTED)
              .with(PairColumn.OLD_CHOSEN, row(scope, CHOSEN))
              .with(PairColumn.OLD_REJECTED, row(scope, REJECTED))
              .with(labels(scope).withTargets(row(scope, 2), row(scope, 0.5)));
      P3oLoss loss = new P3oLoss(new P3oLoss.Options(P3oLoss.Clip.JOINT, 0.2, 5, 0.5));
      assertThat(loss.needsReference()).isTrue();
      assertThat(RandomPairs.outcome(scope, loss, batch).gradient())
          .containsExactly(new double[] {-0.5, -0.5, 0.5, 0.5}, within(1e-12));
    }
  }
}
