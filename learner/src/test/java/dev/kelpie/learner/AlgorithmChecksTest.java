package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.config.Presets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlgorithmChecksTest {
  static final List<String> PRESETS = Presets.NAMES;

  @ParameterizedTest
  @FieldSource("PRESETS")
  void everyPresetNamesThingsThatExist(String preset) {
    assertThat(check("algorithm.preset=" + preset)).contains("advantage");
  }

  @Test
  void namesTheNearestLoss() {
    assertThatThrownBy(() -> check("algorithm.loss.type=ppo-clop"))
        .hasMessageContaining("algorithm.loss.type: ppo-clop (expected: policy loss ppo-clip?");
  }

  @Test
  void refusesAnOptionThatTheLossDoesNotHave() {
    assertThatThrownBy(() -> check("algorithm.loss.clip-hihg=0.3"))
        .hasMessage("algorithm.loss.clip-hihg: unknown key (expected: clip-high?), -D");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rollout.group-size=1 | rollout.group-size: 1 (expected: at least 2, because"
            + " algorithm.advantage.type = grpo compares responses of one prompt), -D",
        "algorithm.advantage.type=gae | value.kind: none (expected: separate or shared, because"
            + " algorithm.advantage.type = gae)",
        "algorithm.loss.type=ref-kl | algorithm.loss.type: ref-kl (expected: a loss without a"
            + " reference policy, because algorithm.kl.coef = 0), -D",
        "algorithm.aggregation=token-maen | algorithm.aggregation: token-maen (expected: token-mean?"
            + " one of token-mean, token-sum, seq-mean-token-sum, seq-mean-token-mean,"
            + " seq-mean-token-sum-norm, prompt-mean), -D"
      })
  void refusesWhatAnotherKeyRulesOut(String override, String message) {
    assertThatThrownBy(() -> check(override)).hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reinforce-plus-plus", "reinforce-return"})
  void oneResponseIsEnoughWhereNoneAreCompared(String estimator) {
    String text = check("algorithm.advantage.type=" + estimator, "rollout.group-size=1");
    assertThat(text).startsWith("advantage " + estimator + ",");
  }

  private static String check(String... overrides) {
    return ExperimentFiles.load(Path.of("../configs/quickstart.conf"), List.of(overrides))
        .check(AlgorithmChecks::check);
  }
}
