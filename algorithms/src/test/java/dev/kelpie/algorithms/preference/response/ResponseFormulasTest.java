package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.algorithms.preference.Pairs.logistic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLabels;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Numbers of losses over single responses, worked out by hand. */
class ResponseFormulasTest {
  private static ResponseLoss loss(String name, Map<String, ?> options) {
    return ResponseLosses.catalog().create(name, ConfigBlock.of("loss", options));
  }

  /** Responses whose tokens all count, over a reference of log-probability -1 for each token. */
  private static ResponseBatch batch(TrainingScope scope, double[][] logprobs) {
    NDArray policy = scope.leaf(scope.manager().create(logprobs)); // [N, T]
    NDArray mask = policy.onesLike(); // [N, T]
    return new ResponseBatch(
        policy, mask.neg(), mask, ResponseLabels.desirable(Masked.lengths(mask)));
  }

  private static NDArray column(TrainingScope scope, double... numbers) {
    return scope.manager().create(numbers).reshape(numbers.length, 1); // [N, 1]
  }

  private static ResponseBatch labelled(ResponseBatch batch, ResponseLabels labels) {
    return new ResponseBatch(
        batch.policy(), batch.reference(), batch.mask(), labels, batch.coupling());
  }

  private static double[] values(ResponseLoss loss, ResponseBatch batch) {
    return loss.evaluate(batch).values().toDoubleArray();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void ktoComparesWithTheShiftOfItsStep() {
    // x = 2 desirable, x = -1 undesirable, kl 0.5, beta 0.5
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseLoss loss =
          loss("kto", Map.of("beta", 0.5, "desirable-weight", 2, "undesirable-weight", 3));
      Coupling coupling = loss.couple(column(scope, -1, -2), column(scope, -2, -2), Coupling.NONE);
      assertThat(coupling.shift()).isEqualTo(0.5);
      ResponseBatch batch = batch(scope, new double[][] {{1}, {-2}}).with(coupling);
      batch = labelled(batch, batch.labels().withDesirable(column(scope, 1, 0)));
      assertThat(values(loss, batch))
          .containsExactly(
              new double[] {2 * (1 - sigmoid(0.75)), 3 * (1 - sigmoid(0.75))}, within(1e-12));
    }
  }

  @Test
  void theShiftOfKtoIsNeverBelowZero() {
    try (TrainingScope scope = TrainingScope.open()) {
      assertThat(
              loss("kto", Map.of())
                  .couple(column(scope, -3), column(scope, -2), Coupling.NONE)
                  .shift())
          .isZero();
    }
  }

  @Test
  void aLossWithACouplingSaysThatItIsMissing() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{1}});
      assertThatThrownBy(() -> loss("kto", Map.of()).evaluate(batch))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("needs the coupling of its step");
    }
  }

  @Test
  void bcoCarriesTheMeanRewardFromStepToStep() {
    // rewards 0.5 * (1, 3): mean 1; then 0.5 * (8): (2 * 1 + 4) / 3 = 2
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseLoss loss = loss("bco", Map.of("beta", 0.5));
      Coupling first = loss.couple(column(scope, 0, 2), column(scope, -1, -1), Coupling.NONE);
      assertThat(first).isEqualTo(new Coupling(1, 1, 2));
      Coupling second = loss.couple(column(scope, 7), column(scope, -1), first);
      assertThat(second).isEqualTo(new Coupling(2, 2, 3));
      // x = 6 desirable: -ls(3 - 2); x = 0 undesirable: -ls(2 - 0)
      ResponseBatch batch = batch(scope, new double[][] {{5}, {-1}}).with(second);
      batch = labelled(batch, batch.labels().withDesirable(column(scope, 1, 0)));
      assertThat(values(loss, batch))
          .containsExactly(new double[] {logistic(1), logistic(2)}, within(1e-12));
    }
  }

  @Test
  void apoZeroWithoutPairsNeedsNoShift() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{1}, {-3}});
      batch = labelled(batch, batch.labels().withDesirable(column(scope, 1, 0)));
      assertThat(values(loss("apo-zero-unpaired", Map.of("beta", 0.5)), batch))
          .containsExactly(new double[] {1 - sigmoid(1), sigmoid(-1)}, within(1e-12));
    }
  }

  @Test
  void nashMdRaisesWhatBeatsTheMixture() {
    // log pi = (0, -2), log-ratio (1, -1), p = 0.75: value 0.5 (1 * 0 + -1 * -2) - 0.25 * -2
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{0, -2}});
      batch = labelled(batch, batch.labels().withTarget(column(scope, 0.75)));
      NDArray losses = loss("nash-md", Map.of("beta", 0.5)).evaluate(batch).values(); // [1, 1]
      assertThat(losses.getDouble(0, 0)).isCloseTo(1.5, within(1e-12));
      assertThat(scope.gradients(losses.sum(), List.of(batch.policy())).get(0).toDoubleArray())
          .containsExactly(new double[] {0.5 - 0.25, -0.5 - 0.25}, within(1e-12));
    }
  }

  @Test
  void poftHasHalfTheGradientOfMaximumLikelihoodAtTheAlignedModel() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{-1, -1}});
      NDArray losses = loss("poft", Map.of()).evaluate(batch).values(); // [1, 1]
      assertThat(losses.getDouble(0, 0)).isCloseTo(Math.log(2), within(1e-12));
      assertThat(scope.gradients(losses.sum(), List.of(batch.policy())).get(0).toDoubleArray())
          .containsExactly(new double[] {-0.25, -0.25}, within(1e-12));
    }
  }

  @Test
  void theOptimismTermFlipsWithItsSign() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{0, 1}});
      assertThat(values(loss("optimism", Map.of("coef", 0.1)), batch))
          .containsExactly(new double[] {0.3}, within(1e-12));
      assertThat(values(loss("optimism", Map.of("coef", -0.1)), batch))
          .containsExactly(new double[] {-0.3}, within(1e-12));
      assertThat(values(loss("optimism", Map.of()), batch(scope, new double[][] {{-1, -1}})))
          .containsExactly(0);
    }
  }

  @Test
  void trpaWithoutPairsFollowsTheLabel() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{0, -1}, {0, -1}});
      batch = labelled(batch, batch.labels().withDesirable(column(scope, 1, 0)));
      assertThat(values(loss("trpa-single", Map.of()), batch))
          .containsExactly(new double[] {logistic(0.5), logistic(-0.5)}, within(1e-12));
    }
  }

  @Test
  void dittoWantsARepeatedTokenToBecomeLessLikely() {
    // sentences of one token: .4, then .5 and .25; lambda 1/2: |.5 - .2| = .3, |.25 - .25| = 0
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch =
          batch(scope, new double[][] {{Math.log(.4), Math.log(.5), Math.log(.25)}});
      batch = labelled(batch, batch.labels().withTarget(column(scope, 1)));
      NDArray losses = loss("ditto", Map.of("lambda", 0.5)).evaluate(batch).values(); // [1, 1]
      assertThat(losses.getDouble(0, 0)).isCloseTo(-Math.log(.7) / 2, within(1e-12));
      double[] gradient =
          scope.gradients(losses.sum(), List.of(batch.policy())).get(0).toDoubleArray();
      assertThat(gradient[0]).isZero();
      assertThat(gradient[1]).isCloseTo(.5 / .7 / 2, within(1e-12));
    }
  }

  @Test
  void dittoSaysThatItNeedsTheLengthOfTheSentence() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{-1, -1}});
      assertThatThrownBy(() -> loss("ditto", Map.of()).evaluate(batch))
          .hasMessageContaining("the tokens of the repeated sentence");
    }
  }

  @Test
  void samiOfTheSamePrinciplesTwiceIsLogTwo() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{-1}, {-3}, {-1}, {-3}});
      batch = labelled(batch, batch.labels().withGroups(7, 7, 7, 7));
      double[] losses = values(loss("sami", Map.of()), batch);
      // rows: log(1 + e^-2), log(1 + e^2); columns log 2; half of each on the diagonal, times 2
      assertThat(losses)
          .containsExactly(
              new double[] {logistic(2) + Math.log(2), 0, 0, logistic(-2) + Math.log(2)},
              within(1e-12));
      ResponseBatch same = batch(scope, new double[][] {{-1}, {-1}, {-1}, {-1}});
      same = labelled(same, same.labels().withGroups(7, 7, 7, 7));
      assertThat(Masked.number(loss("sami", Map.of()).evaluate(same).values().mean()))
          .isCloseTo(Math.log(2), within(1e-12));
      assertThat(loss("sami", Map.of()).unit()).isEqualTo(LossUnit.GROUP);
    }
  }

  @Test
  void samiRefusesAGroupThatIsNoMatrix() {
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{-1}, {-3}, {-1}});
      ResponseBatch given = labelled(batch, batch.labels().withGroups(0, 0, 0));
      assertThatThrownBy(() -> loss("sami", Map.of()).evaluate(given))
          .hasMessageContaining("a group of 3 rows");
    }
  }

  @Test
  void aListOfTwoIsDpo() {
    // x = 1 and -1, beta 0.5, only the first relevant: -ls(1), times 2 rows of the list
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{0}, {-2}});
      batch = labelled(batch, batch.labels().withTarget(column(scope, 1, 0)).withGroups(3, 3));
      assertThat(values(loss("ranked-list", Map.of("beta", 0.5)), batch))
          .containsExactly(new double[] {2 * logistic(1), 0}, within(1e-12));
    }
  }

  @Test
  void laterItemsOfAListCountForLess() {
    // lists {1, 0, 0} and one alone; the third of the first is relevant by 2: gain 3 / log2(4)
    try (TrainingScope scope = TrainingScope.open()) {
      ResponseBatch batch = batch(scope, new double[][] {{0}, {-1}, {-1}, {4}});
      batch =
          labelled(
              batch, batch.labels().withTarget(column(scope, 0, 0, 2, 1)).withGroups(0, 0, 0, 1));
      double ahead = Math.log(Math.exp(1) + 1); // log(e^(1 - 0) + e^(0 - 0))
      assertThat(values(loss("ranked-list", Map.of("beta", 1)), batch))
          .containsExactly(new double[] {0, 0, 3 * 1.5 * logistic(-ahead), 0}, within(1e-12));
    }
  }
}
