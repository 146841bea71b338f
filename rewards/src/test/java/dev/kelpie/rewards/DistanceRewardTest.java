package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DistanceRewardTest {
  private static final DistanceReward REWARD = new DistanceReward(DistanceReward.Options.DEFAULTS);

  private static double score(Trajectory response) throws Exception {
    return REWARD.score(response).value();
  }

  @Test
  void isMinusTheDistanceOfTheLastNumberToTheAnswer() throws Exception {
    assertThat(score(Trajectories.of("9 at first, then 4", "7"))).isEqualTo(-3);
    assertThat(score(Trajectories.of("7.5", "7"))).isEqualTo(-0.5);
    assertThat(score(Trajectories.of("7", "7"))).isZero();
  }

  @Test
  void aResponseWithoutANumberOrFarAwayGetsTheWorst() throws Exception {
    assertThat(score(Trajectories.of("good", "7"))).isEqualTo(-10);
    assertThat(score(Trajectories.cutOff("7", "7"))).isEqualTo(-10);
    assertThat(score(Trajectories.of("700", "7"))).isEqualTo(-10);
  }

  @Test
  void aPromptNeedsANumericAnswer() {
    Prompt prompt = new Prompt("p", "x", TokenIds.of(1), Optional.of("good"), Map.of());
    assertThatThrownBy(() -> REWARD.checkAnswer(prompt))
        .hasMessage("prompt p: answer good (expected: a number)");
    assertThatThrownBy(() -> new DistanceReward.Options("\\d+", 1, true))
        .hasMessage("pattern: \\d+ (expected: a group around the number)");
  }
}
