package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.algorithms.preference.Pairs.labels;
import static dev.kelpie.algorithms.preference.Pairs.logistic;
import static dev.kelpie.algorithms.preference.Pairs.ofRatios;
import static dev.kelpie.algorithms.preference.Pairs.pair;
import static dev.kelpie.algorithms.preference.Pairs.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Numbers of losses over pairs, worked out by hand. */
class PairFormulasTest {
  private static PreferenceLoss loss(String name, Map<String, ?> options) {
    return PreferenceLosses.catalog().create(name, ConfigBlock.of("loss", options));
  }

  private static double value(PreferenceLoss loss, PairBatch batch) {
    return loss.evaluate(batch).values().getDouble(0, 0);
  }

  @Test
  void onlineDpoOrdersTheSamplesByTheLabel() {
    // beta h = 0.5 * 2 = 1; the second sample won: -ls(-1)
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch second = ofRatios(scope, 1, -1).with(labels(scope).withProbability(row(scope, 0)));
      assertThat(value(loss("online-dpo", Map.of("beta", 0.5)), second))
          .isCloseTo(1.3133, within(1e-4));
      // ipo: (-2 - 1 / (2 beta))^2 = 9
      assertThat(value(loss("online-dpo", Map.of("beta", 0.5, "loss", "ipo")), second))
          .isCloseTo(9, within(1e-12));
    }
  }

  @Test
  void xpoAddsTheLikelihoodOfTheReferencesResponse() {
    // log pi of the reference's response = -2, alpha 0.1
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = ofRatios(scope, 1, -1).with(labels(scope));
      assertThat(value(loss("xpo", Map.of("beta", 0.5, "alpha", 0.1)), batch))
          .isCloseTo(logistic(1) - 0.2, within(1e-12));
    }
  }

  @Test
  void optimismLowersAndPessimismRaisesTheLikelihoodOfItsSide() {
    try (TrainingScope scope = TrainingScope.open()) {
      double dpo = value(loss("sigmoid", Map.of("beta", 0.5)), ofRatios(scope, 3, 1));
      assertThat(value(loss("selm", Map.of("beta", 0.5, "alpha", 0)), ofRatios(scope, 3, 1)))
          .isEqualTo(dpo);
      // alpha beta (c + r) / 2 = 0.1 * 0.5 * 2
      assertThat(value(loss("selm", Map.of("beta", 0.5, "alpha", 0.1)), ofRatios(scope, 3, 1)))
          .isCloseTo(dpo + 0.1, within(1e-12));
      // -alpha beta c = -0.1 * 0.5 * 3, or + with the other attitude
      assertThat(value(loss("vpo", Map.of("beta", 0.5, "alpha", 0.1)), ofRatios(scope, 3, 1)))
          .isCloseTo(dpo - 0.15, within(1e-12));
      assertThat(
              value(
                  loss("vpo", Map.of("beta", 0.5, "alpha", 0.1, "attitude", "optimistic")),
                  ofRatios(scope, 3, 1)))
          .isCloseTo(dpo + 0.15, within(1e-12));
    }
  }

  private static PairBatch withDivergence(PairBatch batch, NDArray chosen, NDArray rejected) {
    return batch.with(PairColumn.KL_CHOSEN, chosen).with(PairColumn.KL_REJECTED, rejected);
  }

  @Test
  void tdpoSubtractsTheDifferenceOfDivergences() {
    // beta (h - alpha (0.6 - 0.2)) = 0.5 (2 - 0.5 * 0.4) = 0.9
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray klChosen = scope.leaf(row(scope, 0.2)); // [1, 1]
      NDArray klRejected = scope.leaf(row(scope, 0.6)); // [1, 1]
      PairBatch batch = withDivergence(ofRatios(scope, 1, -1), klChosen, klRejected);
      NDArray losses =
          loss("tdpo", Map.of("beta", 0.5, "alpha", 0.5)).evaluate(batch).values(); // [1, 1]
      assertThat(losses.getDouble(0, 0)).isCloseTo(logistic(0.9), within(1e-12));
      // the rejected divergence pulls by beta alpha sigmoid(-0.9); that of the chosen is detached
      var gradients = scope.gradients(losses.sum(), List.of(klRejected, batch.policyChosen()));
      assertThat(gradients.get(0).toDoubleArray()[0])
          .isCloseTo(0.25 / (1 + Math.exp(0.9)), within(1e-12));
    }
  }

  @Test
  void tdpoWithoutDivergenceIsDpo() {
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = withDivergence(ofRatios(scope, 1, -1), row(scope, 3), row(scope, 7));
      assertThat(value(loss("tdpo", Map.of("beta", 0.5, "alpha", 0)), batch))
          .isEqualTo(value(loss("sigmoid", Map.of("beta", 0.5)), batch));
      assertThatThrownBy(() -> loss("tdpo", Map.of()).check("tdpo", ofRatios(scope, 1, 0)))
          .hasMessageContaining("tdpo needs kl-");
    }
  }

  private static PairBatch weighed(PairBatch batch, NDArray weight) {
    return batch
        .with(PairColumn.TOKEN_WEIGHT_CHOSEN, weight)
        .with(PairColumn.TOKEN_WEIGHT_REJECTED, weight)
        .with(PairColumn.KL_WEIGHT_CHOSEN, weight)
        .with(PairColumn.KL_WEIGHT_REJECTED, weight);
  }

  @Test
  void sparsePoIsTdpoUnderWeights() {
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = withDivergence(ofRatios(scope, 1, -1), row(scope, 0.2), row(scope, 0.6));
      assertThat(value(loss("sparse-po", Map.of("beta", 0.5)), weighed(batch, row(scope, 1))))
          .isCloseTo(
              value(loss("tdpo", Map.of("beta", 0.5, "alpha", 1, "detach-chosen", false)), batch),
              within(1e-12));
      assertThat(value(loss("sparse-po", Map.of("beta", 0.5)), weighed(batch, row(scope, 0))))
          .isCloseTo(Math.log(2), within(1e-12));
      // weights 1/2: 0.5 * (0.5 * 2 - 0.5 * 0.4) = 0.4
      assertThat(value(loss("sparse-po", Map.of("beta", 0.5)), weighed(batch, row(scope, 0.5))))
          .isCloseTo(logistic(0.4), within(1e-12));
    }
  }

  @Test
  void asftIsTheLogarithmOfBothProbabilities() {
    // p = 1/2 on both sides, as a mean over two tokens: 2 log 2 without the likelihood
    try (TrainingScope scope = TrainingScope.open()) {
      double half = Math.log(0.5);
      double[] tokens = {half - 0.1, half + 0.1};
      PairBatch batch = pair(scope, tokens, tokens, tokens, tokens);
      assertThat(value(loss("asft", Map.of()), batch)).isCloseTo(2 * Math.log(2), within(1e-12));
      assertThat(value(loss("asft", Map.of("beta", 3)), batch))
          .isCloseTo(6 * Math.log(2), within(1e-12));
      assertThat(loss("asft", Map.of()).nllCoef()).isEqualTo(1);
    }
  }

  @Test
  void cplWeighsTheRejectedSegmentByLambda() {
    // S+ = -1 - 0.5 * 2 = -2, S- = -3 - 0.5 * 2 = -4 with gamma 1/2 and alpha 1
    try (TrainingScope scope = TrainingScope.open()) {
      double[] chosen = {-1, -2};
      double[] rejected = {-3, -2};
      PairBatch batch = pair(scope, chosen, rejected, chosen, rejected);
      assertThat(value(loss("cpl", Map.of("alpha", 1, "gamma", 0.5, "lambda", 0.25)), batch))
          .isCloseTo(logistic(-2 + 0.25 * 4), within(1e-12));
      assertThat(value(loss("cpl", Map.of("alpha", 1, "lambda", 0)), batch))
          .isCloseTo(logistic(-3), within(1e-12));
      assertThat(value(loss("cpl", Map.of("alpha", 0.5, "lambda", 1)), batch))
          .isCloseTo(
              value(loss("sigmoid", Map.of("beta", 0.5, "reference-free", true)), batch),
              within(1e-12));
    }
  }

  @Test
  void theConstrainedMarginIsLargeWhereTheReferenceIsWrong() {
    // d_ref = 0, gamma 0, tau 1: m = log 2; d_policy = 2: beta 2 - (beta / alpha) log 2
    try (TrainingScope scope = TrainingScope.open()) {
      Map<String, Object> options = Map.of("beta", 0.5, "alpha", 2);
      assertThat(value(loss("cpo-constrained", options), ofRatios(scope, 1, -1)))
          .isCloseTo(logistic(0.5 * 2 - 0.25 * Math.log(2)), within(1e-12));
      // d_ref = 40: no margin, DPO of token means
      PairBatch right =
          pair(scope, new double[] {-1}, new double[] {-43}, new double[] {-1}, new double[] {-41});
      assertThat(value(loss("cpo-constrained", options), right))
          .isCloseTo(logistic(0.5 * 2), within(1e-12));
      // d_ref = -3: m = log(1 + e^3); clipped it counts as 0
      PairBatch wrong =
          pair(scope, new double[] {-1}, new double[] {-2}, new double[] {-4}, new double[] {-1});
      assertThat(value(loss("cpo-constrained", options), wrong))
          .isCloseTo(logistic(0.5 * 4 - 0.25 * Math.log1p(Math.exp(3))), within(1e-12));
      assertThat(
              value(loss("cpo-constrained", Map.of("beta", 0.5, "alpha", 2, "clip", true)), wrong))
          .isCloseTo(logistic(0.5 * 1 - 0.25 * Math.log(2)), within(1e-12));
    }
  }

  @Test
  void srpoRegressesPolicyAndImprovement() {
    // R(c|r) = 2, R(r|c) = -1, R(c|c) = 0.5, R(r|r) = 0; h = 1 - -1 = 2, beta 0.5, p = 1
    // improvement ((1 - 0.5)^2 + (-0.75 + 0.5)^2) / 2, policy (0.5 * 5 - 1)^2
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray zero = row(scope, 0);
      PairBatch batch =
          ofRatios(scope, 1, -1)
              .with(PairColumn.REVISED_CHOSEN, row(scope, 2))
              .with(PairColumn.REVISED_REJECTED, row(scope, -1))
              .with(PairColumn.REPEATED_CHOSEN, row(scope, 0.5))
              .with(PairColumn.REPEATED_REJECTED, zero)
              .with(PairColumn.REFERENCE_REVISED_CHOSEN, zero)
              .with(PairColumn.REFERENCE_REVISED_REJECTED, zero)
              .with(PairColumn.REFERENCE_REPEATED_CHOSEN, zero)
              .with(PairColumn.REFERENCE_REPEATED_REJECTED, zero);
      assertThat(value(loss("srpo", Map.of("beta", 0.5, "alpha", 0.2)), batch))
          .isCloseTo(0.1 * (0.25 + 0.0625) + 0.8 * 2.25, within(1e-12));
    }
  }

  @Test
  void trpaPullsHarderOnPairsOfTheTopLevel() {
    // token means: c = (1 + 0) / 2, r = -0.5; h = 1
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch =
          pair(
              scope,
              new double[] {0, -1},
              new double[] {-1.5, -1.5},
              new double[] {-1, -1},
              new double[] {-1, -1});
      PreferenceLoss loss = loss("trpa", Map.of());
      assertThat(value(loss, batch.with(labels(scope).withTargets(row(scope, 1), row(scope, 2)))))
          .isCloseTo(logistic(2.5), within(1e-12));
      assertThat(value(loss, batch.with(labels(scope).withTargets(row(scope, 2), row(scope, 4)))))
          .isCloseTo(logistic(1), within(1e-12));
      // trust region: k3 of d = 1 on the first of four tokens: (e^-1 - 1 + 1) / 4
      PairBatch old =
          batch
              .with(PairColumn.OLD_CHOSEN, row(scope, -1, -1))
              .with(PairColumn.OLD_REJECTED, row(scope, -1.5, -1.5))
              .with(labels(scope).withTargets(row(scope, 2), row(scope, 4)));
      assertThat(value(loss("trpa", Map.of("trust-coef", 2)), old))
          .isCloseTo(logistic(1) + 2 * Math.exp(-1) / 4, within(1e-12));
    }
  }

  @Test
  void aotNeedsTheWholeStep() {
    assertThat(loss("aot", Map.of()).unit()).isEqualTo(LossUnit.STEP);
    assertThat(loss("mixture", Map.of("losses", List.of("aot"), "weights", List.of(1.0))).unit())
        .isEqualTo(LossUnit.STEP);
  }

  @Test
  void aMixtureAddsItsPartsAndRefusesWhatIsNone() {
    try (TrainingScope scope = TrainingScope.open()) {
      PreferenceLoss mixture =
          loss(
              "mixture",
              Map.of(
                  "beta",
                  0.5,
                  "losses",
                  List.of("sigmoid", "hinge", "sft"),
                  "weights",
                  List.of(2.0, 3.0, 0.25)));
      // beta h = 0.5: 2 L(0.5) + 3 (1 - 0.5)
      assertThat(value(mixture, ofRatios(scope, 0.5, -0.5)))
          .isCloseTo(2 * logistic(0.5) + 1.5, within(1e-12));
      assertThat(mixture.nllCoef()).isEqualTo(0.25);
      assertThat(mixture.takesProbability()).isFalse();
      assertThatThrownBy(
              () -> loss("mixture", Map.of("losses", List.of("sigmoyd"), "weights", List.of(1.0))))
          .hasMessageContaining("sigmoid?");
      assertThatThrownBy(() -> loss("mixture", Map.of("losses", List.of("sigmoid"))))
          .hasMessageContaining("one for each of 1 losses");
    }
  }
}
