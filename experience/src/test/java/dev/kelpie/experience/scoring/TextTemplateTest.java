package dev.kelpie.experience.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTemplateTest {
  @Test
  void placeholdersAreReplacedInOrder() {
    TextTemplate template = TextTemplate.of("Q: {prompt}\n{a}{prompt}!");
    assertThat(template.placeholders()).containsExactly("prompt", "a");
    assertThat(template.fill(name -> name.toUpperCase(Locale.ROOT)))
        .isEqualTo("Q: PROMPT\nAPROMPT!");
  }

  @Test
  void whatIsFilledInIsNotReadAsATemplate() {
    assertThat(TextTemplate.of("{a}{b}").fill(name -> "{b}")).isEqualTo("{b}{b}");
  }

  @Test
  void doubledBracesStandForOne() {
    TextTemplate template = TextTemplate.of("{{\"x\": {x}}}");
    assertThat(template.placeholders()).containsExactly("x");
    assertThat(template.fill(name -> "1")).isEqualTo("{\"x\": 1}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{prompt", "a } b", "{}", "{a{b}}"})
  void otherBracesAreRefused(String source) {
    assertThatThrownBy(() -> TextTemplate.of(source)).hasMessageStartingWith("template: ");
  }
}
