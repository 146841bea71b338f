package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.config.Presets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class AlgorithmChecksTest {
  static final List<String> PRESETS = Presets.NAMES;

  @ParameterizedTest
  @FieldSource("PRESETS")
  void everyPresetNamesThingsThatExist(String preset) {
    assertThat(AlgorithmChecks.check(load("algorithm.preset=" + preset))).contains("advantage");
  }

  @Test
  void namesTheNearestLoss() {
    assertThatThrownBy(() -> AlgorithmChecks.check(load("algorithm.loss.type=ppo-clop")))
        .hasMessageContaining("algorithm.loss.type: ppo-clop (expected: policy loss ppo-clip?");
  }

  @Test
  void refusesAnOptionThatTheLossDoesNotHave() {
    assertThatThrownBy(() -> AlgorithmChecks.check(load("algorithm.loss.clip-hihg=0.3")))
        .hasMessage("algorithm.loss.clip-hihg: unknown key (expected: clip-high?), -D");
  }

  private static Experiment load(String override) {
    return ExperimentFiles.load(Path.of("../configs/quickstart.conf"), List.of(override))
        .experiment();
  }
}
