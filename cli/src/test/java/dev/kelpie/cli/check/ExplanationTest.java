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
