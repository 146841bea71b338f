package dev.kelpie.algorithms.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LossesTest {
  private static SelectedLoss create(String name) {
    return Losses.create(ConfigBlock.of("algorithm.loss", Map.of("type", name)));
  }

  @Test
  void everyNameIsInOneCatalogAndMakesALoss() {
    for (String name : Losses.names()) {
      assertThat(create(name).unit()).as(name).isNotNull();
    }
  }

  @Test
  void theKindOfALossFollowsFromItsName() {
    assertThat(create("grpo")).isInstanceOf(SelectedLoss.OfTokens.class);
    assertThat(create("sigmoid")).isInstanceOf(SelectedLoss.OfPairs.class);
    assertThat(create("kto")).isInstanceOf(SelectedLoss.OfResponses.class);
  }

  @Test
  void lossesThatCoupleAllPairsNeedTheWholeStep() {
    assertThat(create("aot").unit()).isEqualTo(LossUnit.STEP);
    assertThat(create("aot-unpaired").unit()).isEqualTo(LossUnit.STEP);
    assertThat(create("sigmoid").unit()).isEqualTo(LossUnit.PAIR);
  }

  @Test
  void aMisspeltNameIsAnsweredWithTheNearestOfAllCatalogs() {
    assertThatThrownBy(() -> create("sigmoit"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("sigmoid?");
    assertThatThrownBy(() -> create("ppo-clup"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("ppo-clip?");
    assertThatThrownBy(() -> Losses.create(ConfigBlock.of("algorithm.loss", Map.of())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("algorithm.loss.type");
  }

  @Test
  void aLossOverTokensLeavesTheOptionsOfEveryObjectiveAlone() {
    Map<String, Object> options = Map.of("type", "grpo", "entropy-quantile", 0.2);
    assertThat(Losses.create(ConfigBlock.of("algorithm.loss", options)))
        .isInstanceOf(SelectedLoss.OfTokens.class);
  }
}
