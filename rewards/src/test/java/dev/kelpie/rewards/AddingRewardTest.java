package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The example in docs/adding.md is the class that is tested here. */
class AddingRewardTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/rewards/DistinctWordsReward.java");

  @Test
  void theDocumentQuotesTheTestedFile() throws Exception {
    assertThat(Files.readString(Path.of("../docs/adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }

  @Test
  void oneLineInTheCatalogMakesItAnExperimentsReward() throws Exception {
    Catalog<Reward> catalog =
        Catalog.<Reward>of("reward")
            .add("distinct-words", DistinctWordsReward.Options.DEFAULTS, DistinctWordsReward::new);
    Reward reward =
        catalog.create(
            ConfigBlock.of("reward.variety", Map.of("type", "distinct-words", "cap", 0.9)));
    // "a b a b": 2 different words of 4
    assertThat(reward.score(Trajectories.withoutAnswer("a b a b")).value()).isEqualTo(0.5f);
    // "a b": all different, capped
    assertThat(reward.score(Trajectories.withoutAnswer("a b")).value()).isEqualTo(0.9f);
  }
}
