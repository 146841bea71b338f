package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rewards that compare log-probabilities under named models. */
class ModelRewardsTest {
  private static Reward reward(String type, Map<String, ?> options) {
    Map<String, Object> block = new HashMap<>(options);
    block.put("type", type);
    return Rewards.catalog().create(ConfigBlock.of("reward.it", block));
  }

  private static double score(Reward reward, Map<String, PerToken> numbers) throws Exception {
    return reward.score(Trajectories.of("x", "1"), new SampleNumbers(numbers)).value();
  }

  @Test
  void logRatioIsTheSumOfTheTokensDifferences() throws Exception {
    Reward reward = reward("log-ratio", Map.of("of", "now", "to", "start"));
    assertThat(reward.requests())
        .containsExactly(ScoreRequest.ofResponse("now"), ScoreRequest.ofResponse("start"));
    // (-1 - -2) + (-3 - -2.5) = 0.5
    Map<String, PerToken> numbers =
        Map.of("now", PerToken.of(-1, -3), "start", PerToken.of(-2, -2.5f));
    assertThat(score(reward, numbers)).isEqualTo(0.5);
  }

  @Test
  void logRatioOfAModelToItselfIsZero() throws Exception {
    Reward reward = reward("log-ratio", Map.of("of", "now", "to", "now"));
    assertThat(score(reward, Map.of("now", PerToken.of(-0.1f, -3.7f, -1e-7f)))).isZero();
  }

  @Test
  void logRatioWithoutADenominatorIsTheLogProbability() throws Exception {
    Map<String, PerToken> numbers = Map.of("now", PerToken.of(-1, -3));
    Reward sum = reward("log-ratio", Map.of("of", "now"));
    assertThat(sum.requests()).containsExactly(ScoreRequest.ofResponse("now"));
    assertThat(score(sum, numbers)).isEqualTo(-4);
    // (-1 - 3) / 2 = -2
    Reward mean = reward("log-ratio", Map.of("of", "now", "average", true));
    assertThat(score(mean, numbers)).isEqualTo(-2);
  }

  @Test
  void selfCertaintyIsTheMeanOverTheTokens() throws Exception {
    Reward reward = reward("self-certainty", Map.of("model", "now"));
    assertThat(reward.requests()).containsExactly(ScoreRequest.ofCertainty("now"));
    // V = 4: -1/4 ln(4 x 1/2) - 1/4 ln(4 x 1/4) - 2/4 ln(4 x 1/8) = 1/4 ln 2; a uniform one: 0
    double first = -(Math.log(2) + Math.log(1) + 2 * Math.log(0.5)) / 4;
    assertThat(first).isCloseTo(Math.log(2) / 4, within(1e-12));
    Map<String, PerToken> numbers =
        Map.of("now self-certainty", PerToken.of((float) first, 0), "now", PerToken.of(-1, -3));
    assertThat(score(reward, numbers)).isCloseTo(Math.log(2) / 8, within(1e-7));
    assertThat(score(reward, Map.of("now self-certainty", PerToken.empty()))).isZero();
  }

  @Test
  void processRewardReducesTheProbabilitiesOfTheSteps() throws Exception {
    Map<String, PerToken> numbers = Map.of("prm steps by \n", PerToken.of(0.5f, 0.25f, 1));
    for (Map.Entry<String, Double> reduced :
        Map.of("min", 0.25, "product", 0.125, "last", 1.0, "mean", 1.75 / 3).entrySet()) {
      Reward reward = reward("process", Map.of("model", "prm", "reduce", reduced.getKey()));
      assertThat(reward.requests()).containsExactly(ScoreRequest.ofSteps("prm", "\n"));
      assertThat(score(reward, numbers)).isCloseTo(reduced.getValue(), within(1e-7));
    }
    Reward reward = reward("process", Map.of("model", "prm"));
    assertThatThrownBy(() -> score(reward, Map.of("prm steps by \n", PerToken.empty())))
        .isInstanceOf(RewardException.class);
  }

  @Test
  void likelihoodIsTheDifferenceOfTheMeansOfBothSets() throws Exception {
    Reward reward =
        reward(
            "likelihood",
            Map.of(
                "model",
                "judge",
                "positive",
                List.of("Thanks", "Great"),
                "negative",
                List.of("No")));
    List<ScoreRequest> requests = reward.requests();
    assertThat(requests)
        .extracting(ScoreRequest::continuation)
        .containsExactly("Thanks", "Great", "No");
    // ((-1 - 2) + (-5)) / 2 - (-7) = 3
    Map<String, PerToken> numbers =
        Map.of(
            requests.get(0).name(), PerToken.of(-1, -2),
            requests.get(1).name(), PerToken.of(-5),
            requests.get(2).name(), PerToken.of(-7));
    assertThat(score(reward, numbers)).isCloseTo(3, within(1e-6));
  }

  @Test
  void equalSetsOfFollowUpsScoreZero() throws Exception {
    Reward reward =
        reward(
            "likelihood",
            Map.of("model", "judge", "positive", List.of("a", "b"), "negative", List.of("a", "b")));
    assertThat(reward.requests()).hasSize(2);
    Map<String, PerToken> numbers =
        Map.of(
            reward.requests().get(0).name(), PerToken.of(-1.25f),
            reward.requests().get(1).name(), PerToken.of(-3.5f));
    assertThat(score(reward, numbers)).isZero();
  }

  @Test
  void chooserIsTheChosenSumMinusTheRejectedOne() throws Exception {
    Reward reward =
        reward("chooser", Map.of("model", "judge", "chosen", "liked", "rejected", "disliked"));
    assertThat(reward.requests())
        .extracting(ScoreRequest::continuation)
        .containsExactly("{liked}", "{disliked}");
    Map<String, PerToken> numbers =
        Map.of(
            reward.requests().get(0).name(), PerToken.of(-1, -1),
            reward.requests().get(1).name(), PerToken.of(-4.5f));
    assertThat(score(reward, numbers)).isEqualTo(2.5);
  }

  @Test
  void chooserRefusesRowsWithoutItsColumnsOrWithEmptyTexts() throws Exception {
    Reward reward =
        reward("chooser", Map.of("model", "judge", "chosen", "liked", "rejected", "disliked"));
    assertThat(reward.columns().names()).containsExactlyInAnyOrder("liked", "disliked");
    assertThatThrownBy(() -> reward.checkAnswer(prompt(Map.of("liked", "a"))))
        .hasMessage("column disliked: none (expected: one in every row)");
    assertThatThrownBy(() -> reward.checkAnswer(prompt(Map.of("liked", "", "disliked", "b"))))
        .hasMessage("column liked: empty (expected: a text to score)");
    reward.checkAnswer(prompt(Map.of("liked", "a", "disliked", "b")));
  }

  private static Prompt prompt(Map<String, String> columns) {
    return new Prompt("row-1", "?", TokenIds.of(1), Optional.empty(), columns);
  }

  @Test
  void missingNamesAndEmptyTextsAreRefused() {
    assertThatThrownBy(() -> reward("log-ratio", Map.of("to", "start")))
        .hasMessageContaining("reward.it.of: missing (expected: the name of a model)");
    assertThatThrownBy(
            () -> reward("likelihood", Map.of("model", "judge", "positive", List.of(""))))
        .hasMessageContaining("positive: [] (expected: no empty continuation)");
    assertThatThrownBy(() -> reward("self-certainty", Map.of()))
        .hasMessageContaining("reward.it.model: missing (expected: the name of a model)");
    assertThatThrownBy(() -> reward("likelihood", Map.of("model", "judge")))
        .hasMessageContaining("positive: [] (expected: at least one text, here or in negative)");
    assertThatThrownBy(
            () ->
                reward(
                    "chooser",
                    Map.of(
                        "model", "judge", "chosen", "a", "rejected", "b", "template", "{prompt}")))
        .hasMessageContaining("template: {prompt} (expected: a text with {response})");
  }

  @Test
  void numbersThatWereNotComputedFailByName() {
    Reward reward = reward("log-ratio", Map.of("of", "now", "to", "start"));
    assertThatThrownBy(() -> score(reward, Map.of("now", PerToken.of(-1))))
        .hasMessage("log-probabilities \"start\": none (expected: one of [now])");
  }
}
