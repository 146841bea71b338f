package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses over pairs that need more than the log-probabilities of both responses. */
class PairColumnsTest {
  private static final String SMOOTH = "learner.epsilon=1e-4";

  /** A policy of random weights, so that it differs from the reference. */
  private static final String[] APART = {
    "policy.init=random", "reference.path=src/test/resources/llama-gqa"
  };

  private static Experiment experiment(String loss, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "algorithm.preset=online-dpo",
                "algorithm.loss.type=" + loss,
                "algorithm.pairing.type=all",
                SMOOTH));
    overrides.addAll(List.of(more));
    return Preferences.experiment(overrides.toArray(String[]::new));
  }

  private static String[] with(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static double loss(Experiment experiment, Map<String, float[]> after) {
    return Objects.requireNonNull(Preferences.oneStep(experiment, after).get("policy/loss"));
  }

  private static void assertClose(
      Map<String, float[]> actual, Map<String, float[]> expected, float tolerance) {
    assertThat(actual).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (name, numbers) ->
            assertThat(actual.get(name)).as(name).containsExactly(numbers, within(tolerance)));
  }

  private static float distance(Map<String, float[]> one, Map<String, float[]> other) {
    float largest = 0;
    for (Map.Entry<String, float[]> entry : one.entrySet()) {
      float[] numbers = Objects.requireNonNull(other.get(entry.getKey()));
      for (int i = 0; i < numbers.length; i++) {
        largest = Math.max(largest, Math.abs(numbers[i] - entry.getValue()[i]));
      }
    }
    return largest;
  }

  @Test
  void withoutItsDivergenceTdpoIsDpo() {
    Map<String, float[]> tdpo = new HashMap<>();
    Map<String, float[]> dpo = new HashMap<>();
    double loss = loss(experiment("tdpo", with(APART, "algorithm.loss.alpha=0")), tdpo);
    assertThat(loss).isCloseTo(loss(experiment("sigmoid", APART), dpo), within(1e-5));
    assertClose(tdpo, dpo, 2e-5f);
    // with it the loss is another one
    Map<String, float[]> whole = new HashMap<>();
    double other = loss(experiment("tdpo", with(APART, "algorithm.loss.alpha=1")), whole);
    assertThat(Math.abs(other - loss)).isGreaterThan(1e-3);
    assertThat(distance(whole, dpo)).isGreaterThan(1e-4f);
  }

  @Test
  void equalModelsHaveNoDivergence() {
    assertThat(loss(experiment("tdpo"), new HashMap<>())).isCloseTo(Math.log(2), within(1e-5));
  }

  @Test
  void microbatchesDoNotChangeWhatTdpoLearns() {
    Map<String, float[]> whole = new HashMap<>();
    Map<String, float[]> cut = new HashMap<>();
    loss(experiment("tdpo", with(APART, "learner.token-budget=8192")), whole);
    loss(experiment("tdpo", with(APART, "learner.token-budget=40")), cut);
    assertClose(cut, whole, 2e-4f);
  }

  @Test
  void sparsePoWithWeightsOfOneIsTdpo1() {
    Map<String, float[]> sparse = new HashMap<>();
    Map<String, float[]> tdpo = new HashMap<>();
    double loss = loss(experiment("sparse-po", APART), sparse);
    double expected =
        loss(
            experiment(
                "tdpo",
                with(APART, "algorithm.loss.alpha=1", "algorithm.loss.detach-chosen=false")),
            tdpo);
    assertThat(loss).isCloseTo(expected, within(1e-5));
    assertClose(sparse, tdpo, 2e-5f);
  }

  @ParameterizedTest
  @CsvSource({"sparse-po", "sigmoid"})
  void weightsOfZeroLeaveNoSignal(String type) {
    Experiment experiment =
        experiment(
            type,
            with(
                APART,
                "algorithm.token-weight={ type = numbers, scale = 0 }",
                "algorithm.kl-weight={ type = numbers, scale = 0 }",
                "algorithm.kl.coef=1e-9"));
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> before = Preferences.weights(learner);
      Map<String, Double> metrics =
          learner.train(Preferences.batch(1, experiment)).metrics().values();
      assertThat(metrics.get("policy/loss")).isCloseTo(Math.log(2), within(1e-6));
      assertClose(Preferences.weights(learner), before, 0);
    }
  }

  @Test
  void weightsOfOneChangeNoBit() {
    Map<String, float[]> plain = new HashMap<>();
    Map<String, float[]> weighted = new HashMap<>();
    double loss = loss(experiment("simpo"), plain);
    Experiment ones =
        experiment("simpo", "algorithm.token-weight={ type = numbers, scale = 0, offset = 1 }");
    assertThat(loss(ones, weighted)).isEqualTo(loss);
    assertClose(weighted, plain, 0);
  }

  @ParameterizedTest
  @CsvSource({"online-dpo, winner", "online-dpo, scores", "xpo, winner"})
  void pairsOfSamplesAreToldTheWinnerByTheirLabel(String type, String label) {
    // 2 pairs of each of 4 groups, whatever their scores; at policy = reference every one has ln 2
    Experiment experiment =
        experiment(type, "algorithm.pairing.type=samples", "algorithm.label.type=" + label);
    Map<String, Double> metrics = Preferences.oneStep(experiment, new HashMap<>());
    assertThat(metrics.get("preference/pairs")).isEqualTo(8);
    double bonus =
        type.equals("xpo")
            ? 1e-5 * Objects.requireNonNull(metrics.get("preference/rejected_logprob"))
            : 0;
    assertThat(metrics.get("policy/loss")).isCloseTo(Math.log(2) + bonus, within(1e-5));
    // scores are 1 0 1 0 and 0 1 0 1 in turn
    assertThat(metrics.get("preference/label")).isEqualTo(0.5, within(1e-9));
  }

  @Test
  void theWinnerIsRaisedWhicheverSideItIsOn() {
    // Groups of two, of which the first or the second wins in turn: the same pairs by score.
    Experiment byRole =
        experiment("online-dpo", "algorithm.pairing.type=samples", "algorithm.label.type=winner");
    Experiment byScore = experiment("sigmoid");
    assertClose(afterTwins(byRole), afterTwins(byScore), 2e-6f);
  }

  private static Map<String, float[]> afterTwins(Experiment experiment) {
    try (Learner learner = Learner.open(experiment)) {
      learner.train(
          Preferences.scored(experiment, Steps.batch(1, 4, 2, Preferences.VOCABULARY, 0)));
      return Preferences.weights(learner);
    }
  }

  @Test
  void tpoWithoutItsThirdResponseIsCpo() {
    Map<String, float[]> tpo = new HashMap<>();
    Map<String, float[]> cpo = new HashMap<>();
    double loss =
        loss(experiment("tpo", "algorithm.loss.nll-coef=0", "algorithm.loss.beta=0.1"), tpo);
    double expected = loss(experiment("cpo", "algorithm.loss.nll-coef=0"), cpo);
    assertThat(loss).isEqualTo(expected);
    assertClose(tpo, cpo, 0);
  }

  @Test
  void theThirdResponseIsTheBestOfItsGroup() {
    // The best response of a group is its first of score 1, a chosen one: with one pair per group
    // the likelihood that tpo learns is that of the chosen responses, as cpo's is.
    Map<String, float[]> tpo = new HashMap<>();
    Map<String, float[]> cpo = new HashMap<>();
    double loss =
        loss(
            experiment("tpo", "algorithm.pairing.type=best-worst", "algorithm.loss.beta=0.1"), tpo);
    double expected = loss(experiment("cpo", "algorithm.pairing.type=best-worst"), cpo);
    assertThat(loss).isCloseTo(expected, within(1e-6));
    assertClose(tpo, cpo, 1e-6f);
  }

  @Test
  void levelsTargetsAndLogitsReachTheirLosses() {
    // equal models: trpa -log sigmoid(0); iREPO (0 - logit(sigmoid(1)))^2 = 1
    assertThat(loss(experiment("trpa", "algorithm.label.type=levels"), new HashMap<>()))
        .isCloseTo(Math.log(2), within(1e-5));
    assertThat(loss(experiment("regress-pair", "algorithm.label.type=logit"), new HashMap<>()))
        .isCloseTo(1, within(1e-3));
    // Online-IPO: p = sigmoid(1), tau 1/2: (2 p - 1)^2
    double p = 1 / (1 + Math.exp(-1));
    assertThat(loss(experiment("regress-pair", "algorithm.label.type=linear"), new HashMap<>()))
        .isCloseTo((2 * p - 1) * (2 * p - 1), within(1e-3));
  }
}
