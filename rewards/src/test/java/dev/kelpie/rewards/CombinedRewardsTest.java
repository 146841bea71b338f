package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * How named rewards become one; {@code length} with per-token 1 gives 5 to a response of 5 tokens.
 */
class CombinedRewardsTest {
  private static final Map<String, Object> FIVE =
      Map.of("type", "length", "per-token", 1, "penalty", 0);
  private static final Map<String, Object> RIGHT = Map.of("type", "exact-match");

  @Test
  void aWeightColumnWeighsThePromptsReward() throws Exception {
    Reward reward =
        compose(
            Map.of(
                "long", with(FIVE, "weight-column", "w1", "weight", 2),
                "right", with(RIGHT, "weight-column", "w2")));
    // r = 2 x .25 x 5 + .75 x 1; the parts are unweighted.
    Score score = reward.score(answering(Map.of("w1", "0.25", "w2", "0.75")));
    assertThat(score.value()).isCloseTo(3.25f, within(1e-6f));
    assertThat(score.parts()).isEqualTo(Map.of("long", 5f, "right", 1f));
    assertThat(reward.columns().names()).containsExactlyInAnyOrder("w1", "w2");
  }

  @Test
  void aRewardOfAConditionCountsForItsPromptsOnly() throws Exception {
    Reward reward =
        compose(
            Map.of(
                "long",
                FIVE,
                "right",
                with(RIGHT, "when", Map.of("column", "kind", "equals", "closed"))));
    assertThat(reward.score(answering(Map.of("kind", "closed"))).value()).isEqualTo(6);
    Score open = reward.score(answering(Map.of("kind", "open")));
    assertThat(open.value()).isEqualTo(5);
    assertThat(open.parts()).containsOnlyKeys("long");
  }

  @Test
  void aThresholdChoosesTheFactor() throws Exception {
    Map<String, Object> steps = with(FIVE, "threshold", 6, "above", 2, "below", 0.5);
    assertThat(compose(Map.of("long", steps)).score(answering(Map.of())).value()).isEqualTo(2.5f);
    Map<String, Object> reached = with(FIVE, "threshold", 5, "above", 2, "below", 0.5);
    assertThat(compose(Map.of("long", reached)).score(answering(Map.of())).value()).isEqualTo(10);
  }

  @Test
  void factorsMultiplyTheSumOfTheOthers() throws Exception {
    Reward reward =
        compose(
            Map.of(
                "a", FIVE,
                "b", RIGHT,
                "c", with(FIVE, "combine", "multiply", "weight", 0.1)));
    // (5 + 1) x (.1 x 5)
    assertThat(reward.score(answering(Map.of())).value()).isCloseTo(3, within(1e-6f));
    assertThatThrownBy(() -> compose(Map.of("c", with(FIVE, "combine", "multiply"))))
        .hasMessageContaining("reward.c.combine: multiply (expected: add, because there is no");
  }

  @Test
  void oneWordRepeatedDoesNotRaiseARewardTimesTheShareOfDifferentWords() throws Exception {
    Reward reward =
        compose(Map.of("long", FIVE, "fresh", Map.of("type", "repetition", "combine", "multiply")));
    // Ten words say nothing that one does not: 1 x length 5, and 1/10 of it.
    assertThat(reward.score(Trajectories.of("spam", "x")).value()).isEqualTo(5);
    assertThat(reward.score(Trajectories.of("spam ".repeat(10), "x")).value())
        .isCloseTo(0.5f, within(1e-6f));
    assertThat(reward.score(Trajectories.of("all words differ here", "x")).value()).isEqualTo(5);
    // Of the pairs a b, b a, a b two are different.
    Reward pairs = compose(Map.of("fresh", Map.of("type", "repetition", "ngram", 2)));
    assertThat(pairs.score(Trajectories.of("a b a b", "x")).value())
        .isCloseTo(2 / 3f, within(1e-6f));
    // Of five tokens, whatever the words, all are alike.
    Reward tokens = compose(Map.of("fresh", Map.of("type", "repetition", "unit", "token")));
    assertThat(tokens.score(Trajectories.of("a b a b", "x")).value())
        .isCloseTo(0.2f, within(1e-6f));
  }

  @Test
  void aColumnThatIsMissingOrNoNumberIsAFailureAndRefusedBeforeARun() throws Exception {
    Reward reward = compose(Map.of("long", with(FIVE, "weight-column", "w")));
    String missing =
        "long: weight-column: w (expected: a column that every prompt has; this one" + " has none)";
    assertThat(Rewards.score(reward, answering(Map.of()), Duration.ofSeconds(20)))
        .isEqualTo(new RewardOutcome.Failed(missing));
    assertThatThrownBy(() -> reward.checkAnswer(answering(Map.of()).prompt())).hasMessage(missing);
    assertThatThrownBy(() -> reward.checkAnswer(answering(Map.of("w", "much")).prompt()))
        .hasMessage("long: weight-column: column w holds much (expected: a finite number)");
  }

  @Test
  void factorsWithoutAThresholdAndTextsWithoutAColumnAreRefused() {
    assertThatThrownBy(() -> compose(Map.of("long", with(FIVE, "above", 2))))
        .hasMessageContaining(
            "reward.long.above: 2.0 (expected: 1, because there is no threshold)");
    assertThatThrownBy(() -> compose(Map.of("long", with(FIVE, "when", Map.of("equals", "x")))))
        .hasMessageContaining(
            "reward.long.when.equals: x (expected: none, because there is no column)");
  }

  private static Trajectory answering(Map<String, String> metadata) {
    Trajectory plain = Trajectories.of("4", "4");
    Prompt prompt = plain.prompt();
    return new Trajectory(
        plain.id(),
        new Prompt(prompt.id(), prompt.text(), prompt.tokens(), prompt.answer(), metadata),
        plain.response(),
        plain.text(),
        plain.rolloutLogprobs(),
        plain.sampledLogprobs(),
        plain.versions(),
        plain.finishReason(),
        plain.origin(),
        plain.sampling());
  }

  private static Map<String, Object> with(Map<String, Object> block, Object... more) {
    Map<String, Object> all = new HashMap<>(block);
    for (int i = 0; i < more.length; i += 2) {
      all.put((String) more[i], more[i + 1]);
    }
    return all;
  }

  private static Reward compose(Map<String, Map<String, Object>> blocks) {
    Map<String, ConfigBlock> all = new HashMap<>();
    blocks.forEach((name, block) -> all.put(name, ConfigBlock.of("reward." + name, block)));
    return Rewards.compose(all);
  }
}
