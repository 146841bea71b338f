package dev.kelpie.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.RewardException;
import dev.kelpie.rewards.Rewards;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WordCountRewardTest {
  @Test
  void isFoundByItsNameAndTakesItsOptions() throws Exception {
    Reward reward = reward(Map.of("type", "word-count", "words", 4, "weight", 2));
    // 3 of 4 words: 1 - 1/4 = 0.75, times the weight 2
    Score score = reward.score(response("one two three"));
    assertThat(score.value()).isEqualTo(1.5f);
    assertThat(score.parts()).containsEntry("brevity", 0.75f).containsEntry("brevity/words", 3f);
  }

  @Test
  void refusesOptionsWithTheirPlace() {
    assertThatThrownBy(() -> reward(Map.of("type", "word-count", "words", 0)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("reward.brevity.words: 0 (expected: at least 1)");
    assertThatThrownBy(() -> reward(Map.of("type", "word-cont")))
        .hasMessageContaining("word-count?");
  }

  @Test
  void failsRatherThanGuesses() {
    assertThatThrownBy(() -> reward(Map.of("type", "word-count")).score(response(" ")))
        .isInstanceOf(RewardException.class)
        .hasMessage("brevity: prompt row-1: an empty response");
  }

  private static Reward reward(Map<String, ?> values) {
    return Rewards.compose(Map.of("brevity", ConfigBlock.of("reward.brevity", values)));
  }

  private static Trajectory response(String text) {
    return new Trajectory(
        new SampleId(new GroupId(Purpose.ROLLOUT, 1, 0), 0, 0),
        new Prompt("row-1", "?", TokenIds.of(1), Optional.empty(), Map.of()),
        TokenIds.of(1, 2),
        text,
        PerToken.constant(-1, 2),
        PerToken.constant(-1, 2),
        TokenVersions.uniform(new PolicyVersion(0), 2),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 20, false));
  }
}
