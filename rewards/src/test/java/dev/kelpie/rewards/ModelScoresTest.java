package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Rewards that are scores of models, and scorers that only evaluations ask. */
class ModelScoresTest {
  private static final Trajectory RESPONSE = Trajectories.of("x", "1");

  private static ConfigBlock block(String name, String type, Map<String, ?> options) {
    Map<String, Object> values = new HashMap<>(options);
    values.put("type", type);
    return ConfigBlock.of(name, values);
  }

  private static Reward reward(String type, Map<String, ?> options) {
    return Rewards.catalog().create(block("reward.it", type, options));
  }

  private static Score score(Reward reward, Map<String, PerToken> numbers) throws Exception {
    return reward.score(RESPONSE, new SampleNumbers(numbers));
  }

  private static double model(Map<String, ?> options, float score) throws Exception {
    Map<String, Object> values = new HashMap<>(options);
    values.put("model", "judge");
    return score(reward("model", values), Map.of("judge score", PerToken.of(score))).value();
  }

  @Test
  void theScoreOfAModelIsItsOwnNormalisedAndClipped() throws Exception {
    assertThat(reward("model", Map.of("model", "judge")).requests())
        .containsExactly(ScoreRequest.ofScore("judge"));
    assertThat(model(Map.of(), 3.5f)).isEqualTo(3.5);
    assertThat(model(Map.of("clip", 2), 3.5f)).isEqualTo(2);
    assertThat(model(Map.of("clip", 2), -3.5f)).isEqualTo(-2);
    // (3.5 - 1.5) / 4 = 0.5
    assertThat(model(Map.of("normalize", "fixed", "mean", 1.5, "std", 4), 3.5f)).isEqualTo(0.5);
    assertThat(model(Map.of("normalize", "fixed", "mean", 1.5, "std", 4, "clip", 0.25), 3.5f))
        .isEqualTo(0.25);
  }

  @Test
  void aProbabilityIsAskedForByItsOwnName() throws Exception {
    Reward reward = reward("model", Map.of("model", "judge", "read", "probability"));
    assertThat(reward.requests()).containsExactly(ScoreRequest.ofProbability("judge"));
    assertThat(score(reward, Map.of("judge probability", PerToken.of(0.25f))).value())
        .isEqualTo(0.25f);
  }

  @Test
  void aRunningScaleIsThatOfTheScoresSoFarAndGivenNumbersBeforeThereAreSome() throws Exception {
    Reward reward =
        reward("model", Map.of("model", "judge", "normalize", "running", "mean", 1, "std", 2));
    Map<String, PerToken> numbers = Map.of("judge score", PerToken.of(5));
    assertThat(score(reward, numbers)).isEqualTo(new Score(2, Map.of("unscaled", 5f)));
    // 1 2 3: mean 2, deviation 1
    Scale scale = Scale.NONE.with(1).with(2).with(3);
    assertThat(scale.mean()).isEqualTo(2);
    assertThat(scale.deviation()).isEqualTo(1);
    assertThat(score(reward.scaled(scale), numbers))
        .isEqualTo(new Score(3, Map.of("unscaled", 5f)));
    // Equal scores have no deviation to divide by.
    assertThat(score(reward.scaled(Scale.NONE.with(4).with(4)), numbers).value()).isEqualTo(2);
    assertThat(reward("model", Map.of("model", "judge")).scaled(scale).running()).isFalse();
  }

  @Test
  void eachRewardOfASumHasAScaleOfItsOwn() throws Exception {
    Map<String, ConfigBlock> blocks =
        Map.of(
            "a", block("reward.a", "model", Map.of("model", "m", "normalize", "running")),
            "b", block("reward.b", "model", Map.of("model", "m", "weight", 10)));
    Reward sum = Rewards.compose(blocks).scaled(Map.of("a", Scale.NONE.with(1).with(2).with(3)));
    Score score = score(sum, Map.of("m score", PerToken.of(5)));
    assertThat(score.value()).isEqualTo(3 + 50);
    assertThat(score.parts()).isEqualTo(Map.of("a", 3f, "a/unscaled", 5f, "b", 5f));
  }

  @Test
  void aScoreThatIsNoNumberIsAFailureAndNotZero() throws Exception {
    Reward reward = reward("model", Map.of("model", "judge"));
    assertThat(failure(reward, PerToken.of(Float.NaN)))
        .isEqualTo("model judge: NaN (expected: a finite score)");
    assertThat(failure(reward, PerToken.of(Float.POSITIVE_INFINITY))).contains("Infinity");
    assertThat(failure(reward, PerToken.empty()))
        .isEqualTo(
            "model judge: no score (expected: prompt and response in its tokens and within its"
                + " positions)");
  }

  private static String failure(Reward reward, PerToken number) throws Exception {
    RewardOutcome outcome =
        Rewards.score(
            reward,
            RESPONSE,
            new SampleNumbers(Map.of("judge score", number)),
            Duration.ofSeconds(20));
    return ((RewardOutcome.Failed) outcome).reason();
  }

  private static Score ensemble(Map<String, ?> options) throws Exception {
    Map<String, Object> values = new HashMap<>(options);
    values.put("models", List.of("a", "b", "c"));
    return score(
        reward("ensemble", values),
        Map.of("a score", PerToken.of(3), "b score", PerToken.of(1), "c score", PerToken.of(2)));
  }

  @Test
  void anEnsembleOfOneTwoThree() throws Exception {
    Score mean = ensemble(Map.of());
    assertThat(mean.value()).isEqualTo(2);
    assertThat(mean.parts()).isEqualTo(Map.of("a", 3f, "b", 1f, "c", 2f, "spread", 1f));
    assertThat(ensemble(Map.of("aggregate", "median")).value()).isEqualTo(2);
    assertThat(ensemble(Map.of("aggregate", "min")).value()).isEqualTo(1);
    assertThat(ensemble(Map.of("aggregate", "lower-bound")).value()).isEqualTo(1);
    assertThat(ensemble(Map.of("aggregate", "lower-bound", "lambda", 0.5)).value()).isEqualTo(1.5f);
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() throws Exception {
    Reward reward = reward("ensemble", Map.of("models", List.of("a", "b"), "aggregate", "median"));
    assertThat(score(reward, Map.of("a score", PerToken.of(1), "b score", PerToken.of(4))).value())
        .isEqualTo(2.5f);
  }

  @Test
  void anEnsembleWithAFailedMemberFails() {
    Reward reward = reward("ensemble", Map.of("models", List.of("a", "b")));
    assertThatThrownBy(
            () ->
                score(reward, Map.of("a score", PerToken.of(1), "b score", PerToken.of(Float.NaN))))
        .hasMessage("model b: NaN (expected: a finite score)");
  }

  @Test
  void anEnsembleOfOneIsRefused() {
    assertThatThrownBy(() -> reward("ensemble", Map.of("models", List.of("a"))))
        .hasMessageContaining("models: [a] (expected: at least two names of the block models");
    assertThatThrownBy(() -> reward("ensemble", Map.of("models", List.of("a", "a"))))
        .hasMessageContaining("models: [a, a] (expected: each model once)");
    assertThatThrownBy(() -> reward("ensemble", Map.of("models", List.of("a", "b"), "lambda", 2)))
        .hasMessageContaining("lambda: 2.0 (expected: 1, because aggregate is not lower-bound)");
  }

  @Test
  void passesOfADropoutLeaveOutTheSameStatesOfAllResponses() throws Exception {
    Reward none = reward("dropout", Map.of("model", "m", "rate", 0));
    Score whole = score(none, Map.of("m score terms", PerToken.of(1, 2, 4)));
    assertThat(whole.value()).isEqualTo(7);
    assertThat(whole.parts()).hasSize(9).containsEntry("8", 7f).containsEntry("spread", 0f);
    // Half of the states are left out: what is left of 1, 2, 4 counts twice.
    Reward half = reward("dropout", Map.of("model", "m", "rate", 0.5, "passes", 64));
    Score scores = score(half, Map.of("m score terms", PerToken.of(1, 2, 4)));
    Score doubled = score(half, Map.of("m score terms", PerToken.of(2, 4, 8)));
    Set<Float> seen = new HashSet<>();
    double sum = 0;
    for (int pass = 1; pass <= 64; pass++) {
      float one = Objects.requireNonNull(scores.parts().get(String.valueOf(pass)));
      assertThat(one).isIn(0f, 2f, 4f, 6f, 8f, 10f, 12f, 14f);
      assertThat(doubled.parts()).containsEntry(String.valueOf(pass), 2 * one);
      seen.add(one);
      sum += one;
    }
    assertThat(seen).hasSizeGreaterThan(5);
    assertThat((double) scores.value()).isCloseTo(sum / 64, within(1e-5));
    assertThat(Objects.requireNonNull(scores.parts().get("spread"))).isPositive();
    assertThatThrownBy(() -> score(half, Map.of("m score terms", PerToken.empty())))
        .hasMessageContaining("model m: no score");
    assertThatThrownBy(() -> reward("dropout", Map.of("model", "m", "passes", 1)))
        .hasMessageContaining("passes: 1 (expected: at least 2)");
  }

  @Test
  void similarityIsTheCosineOfTheMeanStates() throws Exception {
    Reward reward = reward("similarity", Map.of("model", "m", "to", "gold"));
    assertThat(reward.columns()).isEqualTo(MetadataColumns.of("gold"));
    assertThat(reward.requests())
        .containsExactly(
            ScoreRequest.ofState("m", "{response}"), ScoreRequest.ofState("m", "{gold}"));
    // (3, 4) and (4, 3): 24 / 25
    assertThat((double) similarity(reward, PerToken.of(3, 4), PerToken.of(4, 3)))
        .isCloseTo(0.96, within(1e-7));
    assertThat(similarity(reward, PerToken.of(0.1f, -7), PerToken.of(0.1f, -7))).isEqualTo(1);
    assertThat(similarity(reward, PerToken.of(1, 2), PerToken.of(-2, -4))).isEqualTo(-1);
    Reward distance = reward("similarity", Map.of("model", "m", "to", "gold", "read", "distance"));
    assertThat((double) similarity(distance, PerToken.of(3, 4), PerToken.of(4, 3)))
        .isCloseTo(0.04, within(1e-7));
    assertThat(similarity(distance, PerToken.of(0, 1), PerToken.of(2, 0))).isEqualTo(1);
    assertThatThrownBy(() -> similarity(reward, PerToken.empty(), PerToken.of(1, 2)))
        .hasMessageContaining("response: empty, or longer than the positions of the model m");
    assertThatThrownBy(() -> similarity(reward, PerToken.of(1, 2), PerToken.of(0, 0)))
        .hasMessageContaining("not finite");
    assertThatThrownBy(() -> reward.checkAnswer(RESPONSE.prompt()))
        .hasMessage("gold: none (expected: a text to compare with)");
    reward.checkAnswer(
        new Prompt("a", "b", TokenIds.of(1), Optional.empty(), Map.of("gold", "text")));
  }

  private static float similarity(Reward reward, PerToken own, PerToken other) throws Exception {
    return score(reward, Map.of("m state of {response}", own, "m state of {gold}", other)).value();
  }

  @Test
  void aHeldOutScorerIsAskedByEvaluationsOnlyAndNeverInTheSum() throws Exception {
    Map<String, ConfigBlock> rewards =
        Map.of("it", block("reward.it", "model", Map.of("model", "m")));
    Map<String, ConfigBlock> scorers =
        Map.of(
            "gold", block("held-out.gold", "model", Map.of("model", "g")),
            "bad", block("held-out.bad", "model", Map.of("model", "n")));
    Reward reward = Rewards.withHeldOut(Rewards.compose(rewards), scorers);
    assertThat(reward.requests()).containsExactly(ScoreRequest.ofScore("m"));
    assertThat(reward.evaluationRequests())
        .containsExactly(
            ScoreRequest.ofScore("m"), ScoreRequest.ofScore("n"), ScoreRequest.ofScore("g"));
    Map<String, PerToken> numbers =
        Map.of(
            "m score", PerToken.of(2),
            "g score", PerToken.of(7),
            "n score", PerToken.of(Float.NaN));
    assertThat(score(reward, numbers)).isEqualTo(new Score(2, Map.of("it", 2f)));
    Trajectory evaluated =
        RESPONSE.as(new SampleId(new GroupId(Purpose.EVAL, 1, 0), 0, 0), RESPONSE.origin());
    assertThat(reward.score(evaluated, new SampleNumbers(numbers)))
        .isEqualTo(
            new Score(
                2,
                Map.of(
                    "it", 2f,
                    "held-out: gold", 7f,
                    "held-out: gold/failed", 0f,
                    "held-out: bad/failed", 1f)));
  }

  @Test
  void aHeldOutScorerHasNoStepsToBeNormalisedBy() {
    Map<String, ConfigBlock> scorers =
        Map.of("g", block("held-out.g", "model", Map.of("model", "g", "normalize", "running")));
    assertThatThrownBy(() -> Rewards.withHeldOut(Rewards.NONE, scorers))
        .hasMessageContaining("held-out.g.normalize: running (expected: none or fixed");
  }
}
