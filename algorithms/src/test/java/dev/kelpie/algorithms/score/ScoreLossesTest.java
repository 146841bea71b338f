package dev.kelpie.algorithms.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.PreferenceHead;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoreLossesTest {
  private static final float[] CHOSEN = {1, -2};
  private static final float[] REJECTED = {0.5f, 1};

  private static final class Result {
    private final double loss;
    private final float[] chosen;
    private final float[] rejected;

    Result(double loss, float[] chosen, float[] rejected) {
      this.loss = loss;
      this.chosen = chosen;
      this.rejected = rejected;
    }

    double loss() {
      return loss;
    }

    float[] chosen() {
      return chosen;
    }

    float[] rejected() {
      return rejected;
    }
  }

  private static Result evaluate(Map<String, ?> options, float... column) {
    ScoreLoss loss = ScoreLosses.of(ConfigBlock.of("reward-model.loss", options));
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray chosen = scope.leaf(scope.floats(CHOSEN, 2, 1)); // [N, 1]
      NDArray rejected = scope.leaf(scope.floats(REJECTED, 2, 1)); // [N, 1]
      NDArray value = loss.evaluate(chosen, rejected, name -> scope.floats(column, 2, 1)); // []
      double number = value.stopGradient().getFloat();
      NDList gradients = scope.gradients(value, List.of(chosen, rejected));
      return new Result(number, gradients.get(0).toFloatArray(), gradients.get(1).toFloatArray());
    }
  }

  @Test
  void userPrefersWhatIsNearerToHisMixtureOfPrototypes() {
    // weights of logits (ln 3, 0): 3/4 and 1/4; a = 3/4 (0, 0) + 1/4 (4, 0) = (1, 0)
    // |c - a|^2 = 0 + 4 = 4, |r - a|^2 = 9 + 0 = 9: -ls(5)
    Map<String, float[][]> numbers =
        Map.of(
            UserLoss.OWN, new float[][] {{(float) Math.log(3), 0}},
            UserLoss.SHARED, new float[][] {{0, 0}, {4, 0}});
    Map<String, ?> options = Map.of("type", "pal", "prototypes", 2, "dimension", 2);
    assertThat(ofUser(options, new float[] {1, 2}, new float[] {4, 0}, numbers))
        .isCloseTo(-logSigmoid(5), within(1e-6));
    UserLoss loss =
        ScoreLosses.of(ConfigBlock.of("reward-model.loss", options)).ofUsers().orElseThrow();
    PerToken point = loss.point(new float[] {0, 0, 4, 0}, new float[] {(float) Math.log(3), 0});
    assertThat(point.get(0)).isCloseTo(1, within(1e-6f));
    assertThat(loss.kind().score(new float[] {4, 0}, point)).isCloseTo(-9, within(1e-5));
  }

  @Test
  void latentUserHasTheKlOfAPosteriorToThePrior() {
    // KL(N(1, 1), N(0, 1)) = (1 + 1 - 1 - 0) / 2 = 1/2
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray one = scope.floats(new float[] {1}, 1, 1); // [N, Z]
      assertThat(LatentUsers.divergence(one, one.zerosLike()).getFloat()).isEqualTo(0.5f);
    }
    // m = 1, s = 1, noise 2: z = 3; r(c) = 1 + 3 x 2 = 7, r(r) = 4 + 3 x 0 = 4: -ls(3) + 0.1 / 2
    Map<String, float[][]> numbers =
        Map.of(UserLoss.OWN, new float[][] {{1, 0}}, UserLoss.NOISE, new float[][] {{2}});
    Map<String, ?> options = Map.of("type", "vpl", "latent", 1, "kl-coef", 0.1);
    assertThat(ofUser(options, new float[] {1, 2}, new float[] {4, 0}, numbers))
        .isCloseTo(-logSigmoid(3) + 0.05, within(1e-6));
  }

  private static double ofUser(
      Map<String, ?> options, float[] chosen, float[] rejected, Map<String, float[][]> numbers) {
    ScoreLoss loss = ScoreLosses.of(ConfigBlock.of("reward-model.loss", options));
    try (TrainingScope scope = TrainingScope.open()) {
      return loss.evaluate(
              scope.leaf(scope.floats(chosen, 1, chosen.length)),
              scope.leaf(scope.floats(rejected, 1, rejected.length)),
              name -> scope.leaf(scope.manager().create(numbers.get(name))))
          .stopGradient()
          .getFloat();
    }
  }

  private static double logSigmoid(double x) {
    return -Math.log1p(Math.exp(-x));
  }

  private static float sigmoid(double x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  @Test
  void bradleyTerryIsTheLossWithoutAType() {
    Result result = evaluate(Map.of());
    // differences 0.5 and -3
    assertThat(result.loss()).isCloseTo(-(logSigmoid(0.5) + logSigmoid(-3)) / 2, within(1e-6));
    // the gradient of -ls(d) / 2 is -s(-d) / 2
    float[] expected = {-sigmoid(-0.5) / 2, -sigmoid(3) / 2};
    assertThat(result.chosen()).containsExactly(expected, within(1e-6f));
    assertThat(result.rejected())
        .containsExactly(new float[] {-expected[0], -expected[1]}, within(1e-6f));
  }

  @Test
  void aMarginOfAColumnIsThePairsOwn() {
    Result result = evaluate(Map.of("type", "bradley-terry", "margin-column", "gap"), 0.25f, 2);
    assertThat(result.loss()).isCloseTo(-(logSigmoid(0.25) + logSigmoid(-5)) / 2, within(1e-6));
  }

  @Test
  void centringAddsTheSquaredSum() {
    Result plain = evaluate(Map.of());
    Result centred = evaluate(Map.of("center-coef", 0.1));
    // sums 1.5 and -1: 0.1 (2.25 + 1) / 2
    assertThat(centred.loss() - plain.loss()).isCloseTo(0.1625, within(1e-6));
  }

  @Test
  void softLabelsWeighBothOrders() {
    Result result = evaluate(Map.of("type", "soft", "label-column", "sure"), 0.8f, 0.5f);
    double first = -(0.8 * logSigmoid(0.5) + 0.2 * logSigmoid(-0.5));
    double second = -0.5 * (logSigmoid(-3) + logSigmoid(3));
    assertThat(result.loss()).isCloseTo((first + second) / 2, within(1e-6));
    // the gradient of a pair is s(d) - p; over two pairs half of it
    assertThat(result.chosen())
        .containsExactly(
            new float[] {(sigmoid(0.5) - 0.8f) / 2, (sigmoid(-3) - 0.5f) / 2}, within(1e-6f));
  }

  @Test
  void aCertainSoftLabelIsBradleyTerry() {
    Result soft = evaluate(Map.of("type", "soft", "label", 1));
    Result plain = evaluate(Map.of());
    assertThat(soft.loss()).isCloseTo(plain.loss(), within(1e-7));
    assertThat(soft.chosen()).containsExactly(plain.chosen(), within(1e-7f));
  }

  @Test
  void absoluteTermsWantChosenAboveZeroAndRejectedBelow() {
    Result result = evaluate(Map.of("type", "absolute"));
    double first = -logSigmoid(0.5) - logSigmoid(1) - logSigmoid(-0.5);
    double second = -logSigmoid(-3) - logSigmoid(-2) - logSigmoid(-1);
    assertThat(result.loss()).isCloseTo((first + second) / 2, within(1e-6));
    assertThat(result.chosen()[0]).isCloseTo((-sigmoid(-0.5) - sigmoid(-1)) / 2, within(1e-6f));
    assertThat(result.rejected()[0]).isCloseTo((sigmoid(-0.5) + sigmoid(0.5)) / 2, within(1e-6f));
  }

  @Test
  void onlyOneSourceOfAMarginOrALabelIsTaken() {
    assertThatThrownBy(() -> evaluate(Map.of("margin", 1, "margin-column", "gap")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "reward-model.loss.margin: 1.0 (expected: no value, because of margin-column = gap)");
    assertThatThrownBy(() -> evaluate(Map.of("type", "soft", "label", 0.7, "label-column", "sure")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "reward-model.loss.label: 0.7 (expected: no value, because of label-column = sure)");
    assertThatThrownBy(() -> evaluate(Map.of("type", "bradly-terry")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reward-model.loss.type: bradly-terry (expected: loss");
  }

  @Test
  void comparesVectorsByASkewSymmetricForm() {
    // c = (1, 2), r = (3, 4): c_1 r_2 - c_2 r_1 = 4 - 6 = -2, over tau 0.5: -4; -ls(-4) = 4.01815
    ScoreLoss loss =
        ScoreLosses.of(
            ConfigBlock.of("reward-model.loss", Map.of("type", "general-preference", "tau", 0.5)));
    PreferenceHead head = loss.head().orElseThrow();
    float[] c = {1, 2};
    float[] r = {3, 4};
    assertThat(head.logOdds(c, r)).isEqualTo(-4);
    assertThat(head.logOdds(r, c)).isEqualTo(4);
    assertThat(head.logOdds(c, c)).isZero();
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray chosen = scope.leaf(scope.floats(c, 1, 2)); // [N, O]
      NDArray rejected = scope.leaf(scope.floats(r, 1, 2)); // [N, O]
      NDArray value = loss.evaluate(chosen, rejected, name -> chosen); // []
      assertThat((double) value.stopGradient().getFloat()).isCloseTo(4.01815, within(1e-5));
      NDList gradients = scope.gradients(value, List.of(chosen, rejected));
      // d loss / d s = -sigmoid(4) / 0.5; d s / d c = (r_2, -r_1), d s / d r = (-c_2, c_1)
      float slope = -sigmoid(4) / 0.5f;
      assertThat(gradients.get(0).toFloatArray())
          .containsExactly(new float[] {4 * slope, -3 * slope}, within(1e-5f));
      assertThat(gradients.get(1).toFloatArray())
          .containsExactly(new float[] {-2 * slope, slope}, within(1e-5f));
    }
  }
}
