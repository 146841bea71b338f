package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.loss.correction.Corrections;
import dev.kelpie.algorithms.loss.policy.PolicyLosses;
import dev.kelpie.algorithms.loss.value.ValueLosses;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every entry of a catalog over tokens can be named by an experiment and is fed by its run: one
 * tiny step of the quickstart. The losses over pairs and labelled responses have tests of their
 * own.
 */
class CatalogRunTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String CRITIC = "value.kind=separate";
  private static final Set<String> WITH_VALUES = Set.of("gae", "macro-gae");

  static Stream<String> estimators() {
    return AdvantageEstimators.catalog().names().stream();
  }

  static Stream<String> losses() {
    return PolicyLosses.catalog().names().stream();
  }

  static Stream<String> corrections() {
    return Corrections.catalog().names().stream();
  }

  static Stream<String> valueLosses() {
    return ValueLosses.catalog().names().stream();
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void everyAdvantageEstimatorIsFed(String name, @TempDir Path folder) throws IOException {
    List<String> keys = new ArrayList<>(List.of("algorithm.advantage.type=" + name));
    if (WITH_VALUES.contains(name)) {
      keys.add(CRITIC);
    }
    if (name.equals("prime")) {
      keys.addAll(List.of("process-reward.kind=implicit", "reward.some.weight=0")); // in [0, 1]
    }
    trains(folder, keys);
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyPolicyLossIsFed(String name, @TempDir Path folder) throws IOException {
    List<String> keys = new ArrayList<>(List.of("algorithm.loss.type=" + name));
    if (name.equals("oreo")) {
      keys.add("algorithm.advantage.type=reinforce-return");
      keys.add("algorithm.kl={coef = 0.03, estimator = k1, place = reward}");
      keys.add(CRITIC);
    }
    trains(folder, keys);
  }

  @ParameterizedTest
  @MethodSource("corrections")
  void everyCorrectionIsFed(String name, @TempDir Path folder) throws IOException {
    trains(folder, List.of("algorithm.loss.correction=" + name));
  }

  @ParameterizedTest
  @MethodSource("valueLosses")
  void everyValueLossIsFed(String name, @TempDir Path folder) throws IOException {
    trains(folder, List.of("algorithm.preset=ppo", "algorithm.value-loss.type=" + name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"k1", "k2", "k3", "abs"})
  void everyKlEstimatorIsFed(String name, @TempDir Path folder) throws IOException {
    trains(folder, List.of("algorithm.kl={coef = 0.1, estimator = " + name + "}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ratio", "score-function"})
  void everyKlImportanceIsFed(String name, @TempDir Path folder) throws IOException {
    trains(folder, List.of("algorithm.kl.coef=0.1", "algorithm.loss.kl-importance=" + name));
  }

  private static void trains(Path folder, List<String> keys) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                Shipped.configs().resolve("quickstart.conf").toString(),
                "--run-dir",
                folder.resolve("run").toString()));
    List<String> all =
        new ArrayList<>(
            List.of(
                "eval.path=",
                "dashboard.enabled=false",
                "run.steps=1",
                "rollout.prompts-per-step=2",
                "rollout.group-size=2",
                "rollout.max-new-tokens=4",
                "data.path=" + Shipped.fewPrompts(folder),
                "reward.some={type = length, per-token = 0.1}"));
    all.addAll(keys);
    for (String override : all) {
      arguments.add("-D");
      arguments.add(override);
    }
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.err()).isZero();
    JsonNode summary = JSON.readTree(folder.resolve("run/summary.json").toFile());
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(summary.at("/ledger/clean").asBoolean()).isTrue();
  }
}
