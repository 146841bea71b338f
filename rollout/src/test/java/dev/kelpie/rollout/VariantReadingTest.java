package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions.Truncation;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.config.named.VariantOptions.Shots;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts under the other templates of an experiment. */
class VariantReadingTest {
  private static final Path FOLDER = Path.of("src/test/resources/trl");
  private static final String CHAT =
      "{% for m in messages %}{{ m.role + ':' + m.content + ';' }}{% endfor %}"
          + "{% if add_generation_prompt %}assistant:{% endif %}";

  private final Path file;

  VariantReadingTest(@TempDir Path folder) {
    this.file = folder.resolve("rows.jsonl");
  }

  private static VariantOptions variant(String template) {
    return new VariantOptions(template, Shots.DEFAULTS);
  }

  private JsonlPromptSource open(boolean chat, Map<String, VariantOptions> variants) {
    return JsonlPromptSource.open(
        file,
        GivenData.of(DataForm.PROMPTS, chat, "", 1024, Truncation.KEEP_START).inFileOrder(),
        Tokenizer.open(FOLDER),
        chat ? Optional.of(ChatTemplate.of("chat", CHAT, Map.of())) : Optional.empty(),
        1,
        ReadOptions.DEFAULTS.withVariants(variants));
  }

  private static String text(Prompt prompt, String name) {
    return Objects.requireNonNull(prompt.variants().get(name)).text();
  }

  @Test
  void templatesAreFilledWithThePromptAndTheColumnsOfItsRow() throws IOException {
    Files.writeString(
        file, "{\"prompt\":\"How?\",\"answer\":7,\"user\":\"Ann\",\"n\":3,\"other\":\"Why?\"}\n");
    Map<String, VariantOptions> variants =
        Map.of(
            "same", variant("{prompt}"),
            "user", variant("{user} ({n}): {prompt} {answer}"),
            "other", variant("{other}"));
    try (JsonlPromptSource source = open(false, variants)) {
      Prompt prompt = source.at(0);
      assertThat(prompt.tokens("same")).isEqualTo(prompt.tokens());
      assertThat(text(prompt, "user")).isEqualTo("Ann (3): How? 7");
      assertThat(text(prompt, "other")).isEqualTo("Why?");
      assertThat(prompt.tokens("user").length()).isGreaterThan(prompt.tokens().length());
      assertThat(source.longestPrompt()).isEqualTo(prompt.tokens("user").length());
    }
  }

  @Test
  void withAChatTemplateTheLastMessageOfTheUserIsChanged() throws IOException {
    Files.writeString(
        file,
        "{\"prompt\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"c\"}],\"answer\":\"1\"}\n");
    try (JsonlPromptSource source =
        open(true, Map.of("same", variant("{prompt}"), "more", variant("<{prompt}>")))) {
      Prompt prompt = source.at(0);
      assertThat(prompt.tokens("same")).isEqualTo(prompt.tokens());
      assertThat(text(prompt, "more")).isEqualTo("user:a;assistant:b;user:<c>;assistant:");
    }
  }

  @Test
  void aScoreIsLeftForTheLearner() throws IOException {
    Files.writeString(file, "{\"prompt\":\"a\",\"answer\":\"1\"}\n");
    try (JsonlPromptSource source = open(false, Map.of("goal", variant("{score}|{prompt}")))) {
      Prompt prompt = source.at(0);
      assertThat(text(prompt, "goal")).isEqualTo("{score}|a");
      assertThat(prompt.variant("goal").dependsOnScore()).isTrue();
    }
  }

  @Test
  void shotsAreOtherRowsOfTheSameValueAndNeverTheRowItself() throws IOException {
    Files.writeString(
        file,
        """
        {"prompt":"a","answer":"1","user":"Ann"}
        {"prompt":"b","answer":"2","user":"Bob"}
        {"prompt":"c","answer":"3","user":"Ann"}
        {"prompt":"d","answer":"4","user":"Ann"}
        {"prompt":"d","answer":"5","user":"Ann"}
        """);
    VariantOptions few =
        new VariantOptions("{shots}{prompt}", new Shots("user", 2, "{prompt}={answer};", ""));
    try (JsonlPromptSource source = open(false, Map.of("few", few))) {
      assertThat(text(source.at(0), "few")).isEqualTo("c=3;d=4;a");
      assertThat(text(source.at(1), "few")).isEqualTo("b"); // Bob has no other row
      assertThat(text(source.at(2), "few")).isEqualTo("d=4;d=5;c");
      // The rows that follow, then the first ones; a row with the same prompt is not shown.
      assertThat(text(source.at(3), "few")).isEqualTo("a=1;c=3;d");
    }
  }

  @Test
  void whatIsWrongIsRefusedByName() throws IOException {
    Files.writeString(file, "{\"prompt\":\"a\",\"answer\":\"1\",\"user\":\"Ann\"}\n");
    assertThatThrownBy(() -> open(false, Map.of("x", variant("{usr} {prompt}"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "variants.x.template: {usr} (expected: {prompt} or a column: user?");
    assertThatThrownBy(() -> open(false, Map.of("x", variant("{prompt} {"))))
        .hasMessageStartingWith("variants.x.template: template: {");
    assertThatThrownBy(() -> variant("Say something"))
        .hasMessage(
            "template: Say something (expected: a text with {prompt} or the {COLUMN} of another"
                + " prompt)");
    assertThatThrownBy(() -> variant("{prompt}{shots}"))
        .hasMessageContaining("no {shots}, because shots.count = 0");
    assertThatThrownBy(() -> new Shots("", 2, "x", ""))
        .hasMessage("by: missing (expected: the name of a column, because count = 2)");
  }

  @Test
  void aRowWhoseVariantIsTooLongIsLeftOut() throws IOException {
    Files.writeString(
        file,
        "{\"prompt\":\"a\",\"answer\":\"1\",\"more\":\"b\"}\n"
            + "{\"prompt\":\"a\",\"answer\":\"1\",\"more\":\""
            + "b c ".repeat(600)
            + "\"}\n");
    try (JsonlPromptSource source = open(false, Map.of("x", variant("{more}{prompt}")))) {
      assertThat(source.counts().dropped()).isEqualTo(1);
      assertThat(source.size()).isEqualTo(1);
    }
  }
}
