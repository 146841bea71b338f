package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every reward of the catalog keeps, with its default options where these are enough. */
class RewardContractTest {
  private static final Map<String, Map<String, ?>> REQUIRED =
      Map.ofEntries(
          Map.entry("http", Map.of("url", "http://localhost:9/score")),
          Map.entry(
              "judge",
              Map.of(
                  "model", "judge",
                  "template-path", "src/test/resources/judge/score.txt")),
          Map.entry("log-ratio", Map.of("of", "now", "to", "start")),
          Map.entry("self-certainty", Map.of("model", "now")),
          Map.entry("likelihood", Map.of("model", "start", "positive", List.of("Thanks!"))),
          Map.entry("chooser", Map.of("model", "start", "chosen", "liked", "rejected", "disliked")),
          Map.entry("model", Map.of("model", "judge")),
          Map.entry("gap", Map.of("model", "judge")),
          Map.entry("process", Map.of("model", "judge")),
          Map.entry("dropout", Map.of("model", "judge")),
          Map.entry("ensemble", Map.of("models", List.of("one", "other"))),
          Map.entry("by-step", Map.of("models", List.of("one", "other"), "from", List.of(1L, 3L))),
          Map.entry("similarity", Map.of("model", "start")));

  private static final List<Trajectory> RESPONSES =
      List.of(
          Trajectories.of("2+2=4", "4"),
          Trajectories.of("", "4"),
          Trajectories.of("x", ""),
          Trajectories.cutOff("2+2=4", "4"),
          Trajectories.of("\u0000\ud800 🐕\n$#### \\boxed{", "#### 7"),
          Trajectories.of("1,".repeat(20_000) + "(".repeat(20_000), "1"),
          Trajectories.of("<think>".repeat(20_000), "1"),
          Trajectories.withoutAnswer("4"));

  static Stream<String> names() {
    return Rewards.catalog().names().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void scoresOrFailsWithAReason(String name) throws Exception {
    Reward reward = create(name);
    for (Trajectory response : RESPONSES) {
      RewardOutcome scoring = outcome(reward, response);
      if (scoring instanceof RewardOutcome.Failed failed) {
        assertThat(failed.reason()).startsWith("prompt row-7").doesNotContain("\n");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysTheSameTwiceAndFromSeveralThreads(String name) throws Exception {
    Reward reward = create(name);
    RewardOutcome first = outcome(reward, RESPONSES.get(0));
    Set<RewardOutcome> all =
        Stream.generate(() -> RESPONSES.get(0))
            .limit(200)
            .parallel()
            .map(response -> scored(reward, response))
            .collect(Collectors.toSet());
    assertThat(all).containsExactly(first);
  }

  @ParameterizedTest
  @MethodSource("names")
  void hasAVersionThatItsOptionsDecide(String name) {
    assertThat(create(name).version()).startsWith(name).isEqualTo(create(name).version());
  }

  private static Reward create(String name) {
    return Rewards.catalog()
        .create(name, ConfigBlock.of("reward.it", REQUIRED.getOrDefault(name, Map.of())));
  }

  /** Every number that the reward asks for is -1. */
  private static RewardOutcome outcome(Reward reward, Trajectory response)
      throws InterruptedException {
    Map<String, PerToken> numbers = new HashMap<>();
    for (ScoreRequest request : reward.requests()) {
      int length =
          request.measure().ofScoreHead()
              ? 1
              : request.ofResponse() ? response.response().length() : 3;
      numbers.put(request.name(), PerToken.constant(-1, length));
    }
    return Rewards.score(reward, response, new SampleNumbers(numbers), Duration.ofSeconds(20));
  }

  private static RewardOutcome scored(Reward reward, Trajectory response) {
    try {
      return outcome(reward, response);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
