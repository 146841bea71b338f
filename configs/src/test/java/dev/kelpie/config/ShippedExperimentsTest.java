package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ShippedExperimentsTest {
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(""))) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyShippedFileBinds(Path file) {
    LoadedExperiment loaded =
        file.toString().equals("gsm8k-grpo.conf")
            ? ExperimentFiles.load(file, List.of("data.path=train.jsonl", "policy.path=model"))
            : ExperimentFiles.load(file, List.of());
    assertThat(loaded.experiment().reward()).isNotEmpty();
  }

  @Test
  void quickstartTakesTokenMeansWithoutKlOverItsPreset() {
    AlgorithmOptions algorithm =
        ExperimentFiles.load(Path.of("quickstart.conf"), List.of()).experiment().algorithm();
    assertThat(algorithm.preset()).isEqualTo("grpo");
    assertThat(algorithm.aggregation()).isEqualTo("token-mean");
    assertThat(algorithm.kl().coef()).isZero();
    assertThat(algorithm.loss().type()).contains("ppo-clip");
  }

  @Test
  void warmUpOfTheQuickstartIsFlatUntilStep550() {
    Experiment experiment =
        ExperimentFiles.load(Path.of("quickstart-sft.conf"), List.of()).experiment();
    // 850 steps, the last 300 of which decay
    assertThat(experiment.sft().steps() - experiment.learner().decaySteps()).isEqualTo(550);
  }
}
