package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  @Test
  void showsDefaultTypeAndMeaningOfAKey() {
    String text = Explanation.ofEverything().startingWith("learner.epsilon").text();
    assertThat(text).containsPattern("epsilon +1e-8 +number +AdamW's epsilon");
  }

  @Test
  void showsTheChoicesOfAnEnum() {
    assertThat(Explanation.ofEverything().startingWith("data.too-long").text())
        .containsPattern("too-long +drop +drop \\| truncate-left \\| error +\\S");
  }

  @Test
  void listsTheOptionsOfEveryTypeInACatalog() {
    assertThat(Explanation.ofEverything().startingWith("algorithm.loss").text())
        .contains("algorithm.loss, type = ppo-clip")
        .containsPattern("clip-high +0.2 +number");
  }

  @Test
  void showsThePresetsDefaultsThatApply() {
    // presets/grpo.conf: kl { coef = 0.04, estimator = k3, place = loss }, ppo.conf: coef = 0.05
    assertThat(Explanation.ofEverything().startingWith("algorithm.kl.coef").text())
        .containsPattern("coef +0\\.04 +number .*; by preset: grpo 0\\.04, ppo 0\\.05, ");
    assertThat(Explanation.ofEverything().startingWith("algorithm.aggregation").text())
        .containsPattern("aggregation +seq-mean-token-mean +text .*; by preset: ")
        .contains("rloo seq-mean-token-sum");
    assertThat(Explanation.ofEverything().startingWith("value.kind").text())
        .containsPattern("kind +none .*; by preset: ppo separate, verl-ppo separate, ");
    assertThat(Explanation.ofEverything().startingWith("algorithm.advantage").text())
        .containsPattern("advantage +by preset +block .*; by preset: grpo grpo, ppo gae, ");
    // dapo's wider clip is an option of ppo-clip
    assertThat(Explanation.ofEverything().startingWith("algorithm.loss.clip-high").text())
        .containsPattern("type = ppo-clip\n +clip-high +0\\.2 .*; by preset: dapo 0\\.28\n");
    // no preset says anything of these
    assertThat(Explanation.ofEverything().startingWith("data.template-arguments").text())
        .containsPattern("template-arguments +\\{\\} +block ")
        .doesNotContain("by preset");
    assertThat(Explanation.ofEverything().startingWith("learner.threads").text())
        .doesNotContain("by preset");
    // TRL's and verl's 0.999 against the default 0.95
    assertThat(Explanation.ofEverything().startingWith("learner.beta2").text())
        .containsPattern("beta2 +0\\.95 .*; by preset: trl-grpo 0\\.999, ");
  }

  @Test
  void everyKeyHasAMeaning() {
    List<String> silent =
        Explanation.ofEverything().sections().stream()
            .flatMap(
                section ->
                    section.keys().stream()
                        .filter(key -> key.meaning().isEmpty())
                        .map(key -> section.title() + ": " + key.name()))
            .toList();
    assertThat(silent).isEmpty();
  }

  @Test
  void knowsNoSectionForAWrongPath() {
    assertThat(Explanation.ofEverything().startingWith("lerner").sections()).isEmpty();
  }
}
