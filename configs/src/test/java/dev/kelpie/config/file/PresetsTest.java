package dev.kelpie.config.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class PresetsTest {
  static final List<String> NAMES = Presets.NAMES;

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyPresetBinds(String name) {
    AlgorithmOptions algorithm = load("algorithm.preset=" + name).algorithm();
    assertThat(algorithm.preset()).isEqualTo(name);
    assertThat(algorithm.loss().type()).isPresent();
    boolean credited =
        !algorithm.preferences() && !algorithm.loss().type().orElse("").equals("sft");
    assertThat(algorithm.advantage().type().isPresent()).isEqualTo(credited);
    assertThat(algorithm.valueLoss().type().isPresent()).isEqualTo(credited);
    if (!credited) {
      assertThat(algorithm.kl().coef()).isZero(); // that of the usual preset does not leak in
    }
  }

  @Test
  void grpoIsDeepSeekMaths() {
    AlgorithmOptions algorithm =
        load(
                "algorithm.preset=grpo",
                "algorithm.aggregation=seq-mean-token-mean",
                "algorithm.kl.coef=0.04")
            .algorithm();
    assertThat(algorithm.kl().estimator()).isEqualTo("k3");
    assertThat(algorithm.kl().place()).isEqualTo(KlOptions.Place.LOSS);
  }

  @Test
  void ownOptionsLieOverThePreset() {
    ConfigBlock loss =
        load("algorithm.preset=dapo", "algorithm.loss.clip-high=0.3").algorithm().loss();
    assertThat(loss.values())
        .containsEntry("clip-low", 0.2)
        .containsEntry("clip-high", 0.3)
        .containsEntry("type", "ppo-clip");
  }

  @Test
  void anotherTypeStartsWithoutThePresetsOptions() {
    ConfigBlock loss = load("algorithm.preset=grpo", "algorithm.loss.type=gspo").algorithm().loss();
    assertThat(loss.values()).containsOnlyKeys("type");
  }

  private static Experiment load(String... overrides) {
    return ExperimentFiles.load(Path.of("quickstart.conf"), List.of(overrides)).experiment();
  }
}
