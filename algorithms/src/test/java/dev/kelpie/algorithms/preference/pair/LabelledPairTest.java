package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.algorithms.preference.Pairs.labels;
import static dev.kelpie.algorithms.preference.Pairs.logistic;
import static dev.kelpie.algorithms.preference.Pairs.ofRatios;
import static dev.kelpie.algorithms.preference.Pairs.pair;
import static dev.kelpie.algorithms.preference.Pairs.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What probability, weight, margin and targets of a label do to a loss. */
class LabelledPairTest {
  private static PreferenceLoss loss(String name, Map<String, ?> options) {
    return PreferenceLosses.catalog().create(name, ConfigBlock.of("loss", options));
  }

  private static double value(PreferenceLoss loss, PairBatch batch) {
    return loss.evaluate(batch).values().getDouble(0, 0);
  }

  @Test
  void aLogisticLossIsExpectedUnderTheLabel() {
    // beta h = 0.5 * (1 - -1) = 1; m = 0.25, p = 0.8, w = 2: 2 (0.8 L(0.75) + 0.2 L(-0.75))
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels =
          labels(scope)
              .withProbability(row(scope, 0.8))
              .withMargin(row(scope, 0.25))
              .withWeight(row(scope, 2));
      assertThat(value(loss("sigmoid", Map.of("beta", 0.5)), ofRatios(scope, 1, -1).with(labels)))
          .isCloseTo(2 * (0.8 * logistic(0.75) + 0.2 * logistic(-0.75)), within(1e-12));
    }
  }

  @Test
  void theSlopeAtZeroIsTheLabelsDistanceFromOneHalf() {
    // the derivative by h at h = 0 is -beta (p - 1/2), the loss log 2 for any p
    for (double p : new double[] {0, 0.3, 0.5, 1}) {
      try (TrainingScope scope = TrainingScope.open()) {
        PairBatch batch = ofRatios(scope, 0, 0).with(labels(scope).withProbability(row(scope, p)));
        var losses = loss("cdpo", Map.of("beta", 0.4)).evaluate(batch).values();
        assertThat(losses.getDouble(0, 0)).isCloseTo(Math.log(2), within(1e-12));
        assertThat(
                scope.gradients(losses.sum(), List.of(batch.policyChosen())).get(0).toDoubleArray())
            .containsExactly(new double[] {-0.4 * (p - 0.5)}, within(1e-12));
      }
    }
  }

  @Test
  void aReversedLabelSwapsThePair() {
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels reversed = labels(scope).withProbability(row(scope, 0));
      for (String name : List.of("sigmoid", "hinge", "ipo", "cpo", "discopop")) {
        assertThat(value(loss(name, Map.of()), ofRatios(scope, 0.3, -0.4).with(reversed)))
            .as(name)
            .isCloseTo(value(loss(name, Map.of()), ofRatios(scope, -0.4, 0.3)), within(1e-12));
      }
    }
  }

  @Test
  void labelSmoothingAndUncertainLabelsAreNotMixed() {
    assertThat(loss("cdpo", Map.of()).takesProbability()).isTrue();
    assertThat(loss("cdpo", Map.of("label-smoothing", 0.1)).takesProbability()).isFalse();
    assertThat(loss("robust", Map.of()).takesProbability()).isFalse();
    assertThat(loss("simpo", Map.of("label-smoothing", 0.1)).takesProbability()).isFalse();
  }

  @Test
  void theRobustLossIsTheCleanOneInExpectation() {
    // e = 0.2, bh = 1: (-0.8 ls(1) + 0.2 ls(-1)) / 0.6 = (0.8 * 0.3133 - 0.2 * 1.3133) / 0.6
    try (TrainingScope scope = TrainingScope.open()) {
      PreferenceLoss robust = loss("robust", Map.of("beta", 1, "label-smoothing", 0.2));
      double given = value(robust, ofRatios(scope, 1, 0));
      double flipped = value(robust, ofRatios(scope, 0, 1));
      assertThat(given).isCloseTo(-0.0201, within(1e-4));
      assertThat(0.8 * given + 0.2 * flipped).isCloseTo(logistic(1), within(1e-12));
      assertThat(value(loss("robust", Map.of("beta", 1)), ofRatios(scope, 1, 0)))
          .isEqualTo(value(loss("sigmoid", Map.of("beta", 1)), ofRatios(scope, 1, 0)));
    }
  }

  @Test
  void aRegressionOfThePairReachesTheDifferenceOfItsTargets() {
    // (h - t)^2 with h = 2, t = 0.5; iREPO: policy = reference and logit(p) = 1: 1
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels = labels(scope).withTargets(row(scope, 1.5), row(scope, 1));
      assertThat(value(loss("regress-pair", Map.of()), ofRatios(scope, 1, -1).with(labels)))
          .isCloseTo(2.25, within(1e-12));
      assertThat(
              value(
                  loss("regress-pair", Map.of("scale", 0.25)), ofRatios(scope, 1, -1).with(labels)))
          .isCloseTo(0, within(1e-12));
      PairLabels logit = labels(scope).withTargets(row(scope, 1), row(scope, 0));
      assertThat(value(loss("regress-pair", Map.of()), ofRatios(scope, 0, 0).with(logit)))
          .isEqualTo(1);
    }
  }

  @Test
  void aRegressionOfTheResponsesReachesBothTargets() {
    // SPPO: win rates 0.725 and 0.275 over beta 0.5: targets 0.45 and -0.45; c = 1, r = -0.25
    try (TrainingScope scope = TrainingScope.open()) {
      PairLabels labels = labels(scope).withTargets(row(scope, 0.45), row(scope, -0.45));
      PreferenceLoss loss = loss("regress-response", Map.of("beta", 0.5));
      assertThat(value(loss, ofRatios(scope, 1, -0.25).with(labels)))
          .isCloseTo(0.55 * 0.55 + 0.2 * 0.2, within(1e-12));
      assertThat(loss.targetBeta()).isEqualTo(0.5);
    }
  }

  @Test
  void aMarginAtZeroCostsItsSize() {
    // bh = 0, margin 1: -ls(-1) = 1.3133
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = ofRatios(scope, 0, 0).with(labels(scope).withMargin(row(scope, 1)));
      assertThat(value(loss("sigmoid", Map.of()), batch)).isCloseTo(1.3133, within(1e-4));
    }
  }

  @Test
  void otherObjectivesEnterAsAMargin() {
    // MODPO, w = (.5, .5), beta h = 1, dr = 1: (1 - .5) / .5 = 1, as beta / w and margin w' dr / w
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch batch = ofRatios(scope, 1, 0).with(labels(scope).withMargin(row(scope, 1)));
      assertThat(value(loss("sigmoid", Map.of("beta", 2)), batch))
          .isCloseTo(logistic(1), within(1e-12));
    }
  }

  @Test
  void simpoAtEqualMeansCostsItsMargin() {
    // gamma 0.5: -ls(-0.5) = 0.9741
    try (TrainingScope scope = TrainingScope.open()) {
      assertThat(value(loss("simpo", Map.of("gamma", 0.5)), ofRatios(scope, 0, 0)))
          .isCloseTo(0.9741, within(1e-4));
    }
  }

  @Test
  void theTailBeyondTheShorterResponseMayCountForLess() {
    // log-ratios (1, 1) and (0, 3), the second response has one token only: h = 1 + w - 0
    try (TrainingScope scope = TrainingScope.open()) {
      PairBatch all =
          pair(
              scope,
              new double[] {0, 0},
              new double[] {-1, 2},
              new double[] {-1, -1},
              new double[] {-1, -1});
      PairBatch batch =
          new PairBatch(
              all.policyChosen(),
              all.policyRejected(),
              all.referenceChosen(),
              all.referenceRejected(),
              all.chosenMask(),
              row(scope, 1, 0));
      for (double w : new double[] {0, 0.25, 1}) {
        assertThat(value(loss("sigmoid", Map.of("beta", 0.5, "tail-weight", w)), batch))
            .isCloseTo(logistic(0.5 * (1 + w)), within(1e-12));
      }
    }
  }

  @Test
  void labelsOfAnotherShapeAreRefused() {
    try (TrainingScope scope = TrainingScope.open()) {
      assertThatThrownBy(() -> labels(scope).withWeight(row(scope, 1, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("one number for each pair");
    }
  }
}
