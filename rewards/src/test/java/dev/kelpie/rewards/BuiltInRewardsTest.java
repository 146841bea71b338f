package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.answer.Where;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuiltInRewardsTest {
  private static final Reward WORKING =
      new RegexReward(new RegexReward.Options("=(\\d{1,3})\\z", 1, RegexReward.Match.LAST, true));

  @Test
  void matchesExactlyButForTheSpaceAround() throws Exception {
    Reward exact = new ExactMatchReward(ExactMatchReward.Options.DEFAULTS);
    assertThat(value(exact, Trajectories.of(" Oslo\n", "Oslo "))).isEqualTo(1);
    assertThat(value(exact, Trajectories.of("oslo", "Oslo"))).isEqualTo(0);
    Reward anyCase = new ExactMatchReward(new ExactMatchReward.Options(true));
    assertThat(value(anyCase, Trajectories.of("oslo", "Oslo"))).isEqualTo(1);
  }

  @Test
  void wantsTheAnswerAtTheVeryEndOfAFinishedResponse() throws Exception {
    assertThat(value(WORKING, Trajectories.of("5*3=15,7+15=22,22-8=14", "14"))).isEqualTo(1);
    assertThat(value(WORKING, Trajectories.of("5*3=15,7+15=22,22-8=15", "14"))).isEqualTo(0);
    assertThat(value(WORKING, Trajectories.of("22-8=14,", "14"))).isEqualTo(0);
    assertThat(value(WORKING, Trajectories.of("22-8=14\n", "14"))).isEqualTo(0);
    assertThat(value(WORKING, Trajectories.of("22-8=1400", "1400"))).isEqualTo(0);
    assertThat(value(WORKING, Trajectories.cutOff("22-8=14", "14"))).isEqualTo(0);
  }

  @Test
  void takesTheFirstOrTheLastMatch() throws Exception {
    Trajectory response = Trajectories.of("a1 a2 a3", "a1");
    for (RegexReward.Match match : RegexReward.Match.values()) {
      Reward reward = new RegexReward(new RegexReward.Options("a\\d", 0, match, true));
      assertThat(value(reward, response)).isEqualTo(match == RegexReward.Match.FIRST ? 1 : 0);
    }
  }

  @Test
  void wantsTheWholeResponseInItsFormat() throws Exception {
    Reward format = new FormatReward(FormatReward.Options.DEFAULTS);
    String good = "<think>a\nb</think>\n<answer>7</answer>\n";
    assertThat(value(format, Trajectories.of(good, ""))).isEqualTo(1);
    assertThat(value(format, Trajectories.of("So: " + good, ""))).isEqualTo(0);
    assertThat(value(format, Trajectories.cutOff(good, ""))).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "He has 5 and 3, so #### 8|8|1",
        "#### 1,234|1234|1",
        "The total is $1,234.50.|#### 1234.5|1",
        "It is 18.|18.0|1",
        "It is -3|3|0",
        "7-3|4|1",
        "7-3|3|0",
        "7 - 3 = \u22124|-4|1",
        "That makes 50%.|50|1",
        "1, 2 and 3, 4|4|1",
        "#### 5 apples, of 12|5|1",
        "No marker: 5 apples of 12|12|1",
        "\\boxed{3} and later 4|3|1",
        "no number|4|0",
        "####|4|0",
        "12345,678|678|0",
        "version 1.2.3|3|0",
      })
  void findsTheNumberThatAResponseArrivesAt(String text, String answer, int expected)
      throws Exception {
    Reward reward = new NumericAnswerReward(AnswerOptions.DEFAULTS);
    assertThat(value(reward, Trajectories.of(text, answer))).isEqualTo(expected);
  }

  @Test
  void takesTheAnswerBehindTheMarkerOfGsm8k() throws Exception {
    String answer = "She sold 48/2 = <<48/2=24>>24 clips.\n#### 72";
    Reward reward = new NumericAnswerReward(new AnswerOptions(Where.LAST, "####", 0.5, true));
    assertThat(value(reward, Trajectories.of("72", answer))).isEqualTo(1);
    assertThat(value(reward, Trajectories.of("about 72.5", answer))).isEqualTo(1);
    assertThat(value(reward, Trajectories.of("72.6", answer))).isEqualTo(0);
    assertThat(value(reward, Trajectories.cutOff("72", answer))).isEqualTo(0);
    assertThatThrownBy(() -> reward.score(Trajectories.of("72", "none")))
        .hasMessage(
            "prompt row-7: answer none: has no number (expected: a number such as 1,234, 1/2 or"
                + " 3e5)");
  }

  @Test
  void punishesOverlongResponsesSoftly() throws Exception {
    Reward soft = new LengthReward(new LengthReward.Options(0, 5, 1, 0));
    // limit 20 (what the sampler allows), buffer 5: free up to 15, (17 - 15) / 5 = 0.4 at 17
    assertThat(value(soft, Trajectories.ofLength(15))).isZero();
    assertThat(value(soft, Trajectories.ofLength(17))).isCloseTo(-0.4f, within(1e-6f));
    assertThat(value(soft, Trajectories.ofLength(20))).isEqualTo(-1f);
    assertThat(value(soft, Trajectories.ofLength(30))).isEqualTo(-1f);
    Reward hard = new LengthReward(LengthReward.Options.DEFAULTS);
    assertThat(value(hard, Trajectories.ofLength(20))).isZero();
    assertThat(value(hard, Trajectories.cutOff("", ""))).isEqualTo(-1f);
  }

  private static float value(Reward reward, Trajectory trajectory) throws Exception {
    return reward.score(trajectory).value();
  }
}
