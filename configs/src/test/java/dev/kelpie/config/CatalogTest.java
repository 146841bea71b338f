package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class CatalogTest {
  record Clip(double clipLow, OptionalDouble cap, Duration patience) {
    static final Clip DEFAULTS = new Clip(0.2, OptionalDouble.empty(), Duration.ofSeconds(1));

    Clip {
      Require.positive("clip-low", clipLow);
    }
  }

  record Nothing() {}

  private final Catalog<String> losses =
      Catalog.<String>of("loss")
          .add("ppo-clip", Clip.DEFAULTS, clip -> "clip " + clip.clipLow() + " " + clip.cap())
          .add("sft", new Nothing(), nothing -> "sft");

  @Test
  void makesTheEntryThatTheTypeNames() {
    assertThat(losses.create(block(Map.of("type", "sft")))).isEqualTo("sft");
    assertThat(losses.create(block(Map.of("type", "ppo-clip", "clip-low", 1, "cap", 3))))
        .isEqualTo("clip 1.0 OptionalDouble[3.0]");
    assertThat(losses.create(block(Map.of("type", "ppo-clip", "cap", "none"))))
        .isEqualTo("clip 0.2 OptionalDouble.empty");
  }

  @Test
  void offersTheNearestName() {
    assertThatThrownBy(() -> losses.create(block(Map.of("type", "ppo-clop"))))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "algorithm.loss.type: ppo-clop (expected: loss ppo-clip? one of ppo-clip, sft)");
    assertThatThrownBy(() -> losses.create(block(Map.of())))
        .hasMessage("algorithm.loss.type: missing (expected: one of ppo-clip, sft)");
  }

  @Test
  void refusesOptionsWithTheirPath() {
    assertThatThrownBy(() -> losses.create(block(Map.of("type", "ppo-clip", "clip-lo", 1))))
        .hasMessage("algorithm.loss.clip-lo: unknown key (expected: clip-low?)");
    assertThatThrownBy(() -> losses.create(block(Map.of("type", "ppo-clip", "clip-low", 0))))
        .hasMessage("algorithm.loss.clip-low: 0.0 (expected: above 0)");
  }

  @Test
  void leavesKeysOfOthersAlone() {
    ConfigBlock reward = block(Map.of("type", "sft", "weight", 2));
    assertThat(losses.create(reward, "weight")).isEqualTo("sft");
    assertThatThrownBy(() -> losses.create(reward)).isInstanceOf(ConfigException.class);
  }

  @Test
  void findsEntriesWithTheirDefaultsByName() {
    Catalog<String> more = losses.add("plain", "an entry without options");
    assertThat(more.find("plain")).contains("an entry without options");
    assertThat(more.find("ppo-clip")).contains("clip 0.2 OptionalDouble.empty");
    assertThat(more.find("plane")).isEmpty();
    assertThat(more.create(block(Map.of("type", "plain")))).isEqualTo("an entry without options");
    assertThatThrownBy(() -> more.create(block(Map.of("type", "plain", "clip", 1))))
        .hasMessageContaining("algorithm.loss.clip: unknown key");
  }

  @Test
  void tellsNamesAndDefaults() {
    assertThat(losses.names()).containsExactly("ppo-clip", "sft");
    assertThat(losses.defaults("ppo-clip")).isEqualTo(Clip.DEFAULTS);
  }

  private static ConfigBlock block(Map<String, ?> values) {
    return ConfigBlock.of("algorithm.loss", values);
  }
}
