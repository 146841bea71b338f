package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RewardsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final Trajectory RESPONSE = Trajectories.of("4", "4");

  @Test
  void addsRewardsByTheirWeights() throws Exception {
    Reward reward =
        Rewards.compose(
            Map.of(
                "right", block("right", Map.of("type", "exact-match", "weight", 2)),
                "short", block("short", Map.of("type", "length", "per-token", -0.1))));
    // 2 * 1 for the right answer, 1 * (-0.1 * 5 tokens)
    Score score = reward.score(RESPONSE);
    assertThat(score.value()).isEqualTo(1.5f);
    assertThat(score.parts()).containsOnly(entry("right", 1f), entry("short", -0.5f));
    assertThat(reward.version()).startsWith("right=2.0*exact-match").contains(" + short=1.0*");
  }

  @Test
  void namesTheKeyThatIsWrong() {
    assertThatThrownBy(() -> Rewards.compose(Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("reward: none");
    assertThatThrownBy(() -> compose(Map.of("type", "exact-mach")))
        .hasMessageStartingWith("reward.it.type: exact-mach (expected: reward exact-match?");
    assertThatThrownBy(() -> compose(Map.of("type", "exact-match", "wieght", 2)))
        .hasMessageContaining("reward.it.wieght");
    assertThatThrownBy(() -> compose(Map.of("type", "regex", "pattern", "(")))
        .hasMessageStartingWith("reward.it.pattern: ( (expected: a regular expression: Unclosed");
    assertThatThrownBy(() -> compose(Map.of("type", "regex", "pattern", "a", "group", 1)))
        .hasMessageStartingWith("reward.it.group: 1 (expected: in [0, 0]");
    assertThatThrownBy(() -> compose(Map.of("type", "length", "limit", 4, "buffer", 5)))
        .hasMessageStartingWith("reward.it.buffer: 5 (expected: in [0, limit = 4])");
  }

  @Test
  void failsWithTheReasonOfWhatIsThrown() throws Exception {
    assertThat(
            failure(
                reward(
                    response -> {
                      throw new RewardException("the judge is out");
                    })))
        .isEqualTo("the judge is out");
    assertThat(
            failure(
                reward(
                    response -> {
                      throw new IllegalStateException("two\nlines");
                    })))
        .isEqualTo("java.lang.IllegalStateException: two");
    assertThat(
            failure(
                reward(
                    response -> {
                      throw new StackOverflowError();
                    })))
        .isEqualTo("java.lang.StackOverflowError");
  }

  @Test
  void failsWhatIsNotANumber() throws Exception {
    assertThat(failure(reward(response -> new Score(Float.NaN, Map.of()))))
        .contains("reward: NaN (expected: a finite number)");
    assertThat(failure(reward(response -> new Score(1, Map.of("a", Float.POSITIVE_INFINITY)))))
        .isEqualTo("reward part a: Infinity (expected: a finite number)");
  }

  @Test
  void interruptsARewardThatTakesTooLong() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Reward slow =
        reward(
            response -> {
              try {
                new CountDownLatch(1).await();
              } finally {
                interrupted.countDown();
              }
              return new Score(1, Map.of());
            });
    assertThat(failure(slow, SHORT)).isEqualTo("no answer within 20 ms");
    interrupted.await();
  }

  @Test
  void abandonsARewardThatIgnoresItsInterrupt() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Reward deaf =
        reward(
            response -> {
              while (release.getCount() > 0) {
                Thread.onSpinWait();
              }
              return new Score(1, Map.of());
            });
    assertThat(failure(deaf, SHORT))
        .isEqualTo("no answer within 20 ms; ignores the interrupt, its thread is abandoned");
    release.countDown();
    assertThat(Rewards.score(compose(Map.of("type", "exact-match")), RESPONSE, LONG))
        .isInstanceOf(RewardOutcome.Scored.class);
  }

  @Test
  void interruptsARegularExpressionThatTakesForEver() throws Exception {
    // Eight ways to share out 200 letters: about 200^8 tries before it is clear that no b follows.
    Reward reward =
        compose(
            Map.of(
                "type",
                "format",
                "pattern",
                "(a*)(a*)(a*)(a*)(a*)(a*)(a*)(a*)\\1b",
                "timeout",
                "100 ms"));
    RewardOutcome scoring =
        Rewards.score(reward, Trajectories.of("a".repeat(200) + "c", "b"), LONG);
    assertThat(scoring).isInstanceOf(RewardOutcome.Failed.class);
    assertThat(((RewardOutcome.Failed) scoring).reason()).isEqualTo("it: no answer within 100 ms");
  }

  @Test
  void failsTheWholeWhenAPartFails() throws Exception {
    Reward reward = compose(Map.of("type", "exact-match"));
    assertThat(Rewards.score(reward, Trajectories.withoutAnswer("4"), LONG))
        .isInstanceOf(RewardOutcome.Failed.class)
        .asString()
        .contains("it: prompt row-7 has no answer (data.answer)");
  }

  private static Reward compose(Map<String, ?> values) {
    return Rewards.compose(Map.of("it", block("it", values)));
  }

  private static ConfigBlock block(String name, Map<String, ?> values) {
    return ConfigBlock.of("reward." + name, values);
  }

  private static String failure(Reward reward) throws Exception {
    return failure(reward, LONG);
  }

  private static String failure(Reward reward, Duration timeout) throws Exception {
    RewardOutcome scoring = Rewards.score(reward, RESPONSE, timeout);
    assertThat(scoring).isInstanceOf(RewardOutcome.Failed.class);
    return ((RewardOutcome.Failed) scoring).reason();
  }

  private static Reward reward(Body body) {
    return new Reward() {
      @Override
      public Score score(Trajectory trajectory) throws Exception {
        return body.score(trajectory);
      }

      @Override
      public String version() {
        return "test";
      }
    };
  }

  private interface Body {
    Score score(Trajectory trajectory) throws Exception;
  }
}
