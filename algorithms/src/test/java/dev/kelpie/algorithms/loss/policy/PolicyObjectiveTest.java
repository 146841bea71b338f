package dev.kelpie.algorithms.loss.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.KlOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyObjectiveTest {
  private static AlgorithmOptions algorithm(Map<String, ?> loss, String aggregation) {
    AlgorithmOptions defaults = AlgorithmOptions.DEFAULTS;
    return new AlgorithmOptions(
        "grpo",
        defaults.advantage(),
        ConfigBlock.of("algorithm.loss", loss),
        defaults.valueLoss(),
        ConfigBlock.empty("algorithm.select"),
        ConfigBlock.empty("algorithm.pairing"),
        ConfigBlock.empty("algorithm.label"),
        ConfigBlock.empty("algorithm.weight"),
        ConfigBlock.empty("algorithm.margin"),
        defaults.responseLabel(),
        defaults.tokenWeight(),
        defaults.klWeight(),
        defaults.tokenReward(),
        Map.of(),
        defaults.rows(),
        new KlOptions(0.04, "k3", KlOptions.Place.LOSS, 0, 10_000),
        aggregation,
        0,
        0.01,
        defaults.entropy(),
        0,
        defaults.overlong(),
        Map.of(),
        defaults.dynamicSampling(),
        false);
  }

  @Test
  void readsItsPartsFromTheAlgorithmBlock() {
    PolicyObjective objective =
        PolicyObjective.of(
            algorithm(
                Map.of(
                    "type",
                    "ppo-clip",
                    "clip-high",
                    0.28,
                    "correction",
                    "token-tis",
                    "correction-high",
                    2),
                "seq-mean-token-sum-norm"),
            64);
    assertThat(objective.loss()).isInstanceOf(PpoClipLoss.class);
    assertThat(objective.aggregation())
        .isEqualTo(new Aggregation(Aggregation.Mode.SEQ_MEAN_TOKEN_SUM_NORM, 64, false));
    assertThat(objective.klCoef()).isEqualTo(0.04);
    assertThat(objective.needsReference()).isTrue();
    assertThat(objective.entropyCoef()).isEqualTo(0.01);
    assertThat(objective.correction()).isPresent();
  }

  @Test
  void unknownOptionIsRefusedWithItsPath() {
    assertThatThrownBy(
            () ->
                PolicyObjective.of(
                    algorithm(Map.of("type", "ppo-clip", "clip-hihg", 0.3), "token-mean"), 64))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("algorithm.loss.clip-hihg")
        .hasMessageContaining("clip-high");
  }
}
