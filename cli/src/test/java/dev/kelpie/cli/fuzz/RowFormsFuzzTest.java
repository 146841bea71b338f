package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows with responses of strangers, in every form and as text and messages. */
class RowFormsFuzzTest {
  private static final Path TOKENIZER = Path.of("../rollout/src/test/resources/trl");
  private static final String TEMPLATE =
      "{% for m in messages %}{{ m.role + ':' + m.content + ';' }}{% endfor %}"
          + "{% if add_generation_prompt %}assistant:{% endif %}";
  private static final String ASKED = "[{\"role\":\"user\",\"content\":\"1+1?\"}]";
  private static final String SAID = "[{\"role\":\"assistant\",\"content\":\"2\"}]";
  private static final String ELSE = "[{\"role\":\"assistant\",\"content\":\"three\"}]";
  private static final List<String> VALID =
      List.of(
          rows(
              "{\"prompt\":\"1+1?\",\"chosen\":\" 2\",\"rejected\":\" 3\"}",
              "{\"prompt\":\"2+1?\",\"chosen\":\" 3\",\"rejected\":\"\u00e9\ud83d\ude00\"}"),
          rows("{\"chosen\":\"1+1? 2\",\"rejected\":\"1+1? 3\"}"),
          rows("{\"prompt\":" + ASKED + ",\"chosen\":" + SAID + ",\"rejected\":" + ELSE + "}"),
          rows(
              "{\"prompt\":\"1+1?\",\"responses\":[\"2\",\"3\"],\"scores\":[1,0.5]}",
              "{\"prompt\":\"2+1?\",\"responses\":[\"4\"],\"scores\":[-1e3]}"),
          rows(
              "{\"prompt\":\"1+1?\",\"responses\":[{\"completion\":\"2\",\"scores\":7.5},"
                  + "{\"completion\":\"3\",\"scores\":2}]}"),
          rows(
              "{\"prompt\":\"1+1?\",\"completion\":\"2\",\"label\":true}",
              "{\"prompt\":\"1+1?\",\"completion\":\"3\",\"label\":false}"),
          rows("{\"prompt\":" + ASKED + ",\"completion\":" + SAID + ",\"label\":true}"),
          rows(
              "{\"prompt\":\"1+1?\",\"completion\":\"2\"}",
              "{\"prompt\":\"1+2?\",\"completion\":\"3\"}"),
          rows(
              "{\"messages\":[{\"role\":\"user\",\"content\":\"1+1?\"},{\"role\":\"assistant\","
                  + "\"content\":\"2\"}]}"),
          rows(
              "{\"chosen\":\"\\n\\nHuman: 1+1?\\n\\nAssistant: 2\","
                  + "\"rejected\":\"\\n\\nHuman: 1+1?\\n\\nAssistant: three\"}"));
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "\n",
          "\"",
          ",",
          ":",
          "null",
          "true",
          "NaN",
          "1e999",
          "-",
          "\\u0000",
          "\\ud800",
          "\\n\\nHuman: ",
          "\\n\\nAssistant: ",
          "\"prompt\":",
          "\"chosen\":",
          "\"rejected\":",
          "\"responses\":",
          "\"scores\":",
          "\"label\":",
          "\"completion\":",
          "\"messages\":",
          "\"role\":\"user\"",
          "\"content\":",
          "\"content\":null",
          "\"images\":[1]",
          "\"tools\":[{}]",
          "\"chat_template_kwargs\":{\"x\":1}",
          "{\"type\":\"image\"}",
          "{\"role\":\"system\",\"content\":\"s\"},",
          "[[",
          "{\"a\":",
          " ",
          "\ud83d\ude00",
          "<s>",
          "</s>");

  private static String rows(String... lines) {
    return String.join("\n", lines) + "\n";
  }

  @Test
  void rowsAreReadOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("rows.jsonl");
    new Fuzz(VALID.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList(), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              read(file, new String(input, StandardCharsets.UTF_8));
            },
            ConfigException.class);
  }

  private static void read(Path file, String text) {
    boolean chat = text.contains("\"role\"");
    DataOptions data =
        ConfigBlock.of("data", Map.of("form", form(text), "chat", chat)).bind(DataOptions.DEFAULTS);
    Optional<ChatTemplate> template =
        chat ? Optional.of(ChatTemplate.of("chat", TEMPLATE, Map.of())) : Optional.empty();
    try (JsonlPromptSource source =
        JsonlPromptSource.open(
            file, data, Tokenizer.open(TOKENIZER), template, 1, ReadOptions.DEFAULTS)) {
      assertThat(source.size()).isPositive();
      for (int i = 0; i < Math.min(20, source.size()); i++) {
        Prompt prompt = source.inFileOrder(i);
        assertThat(prompt.responses()).isNotEmpty();
        assertThat(prompt.responses()).allMatch(response -> response.tokens().length() > 0);
      }
    } catch (ConfigException e) {
      assertThat(e.getMessage()).contains("rows.jsonl").doesNotContain("\n");
      throw new ConfigException(SafeText.line(String.valueOf(e.getMessage())));
    }
  }

  /** The form whose columns the text has. */
  private static String form(String text) {
    if (text.contains("Human: ")) {
      return "turns";
    } else if (text.contains("\"responses\"")) {
      return "scored";
    } else if (text.contains("\"label\"")) {
      return "unpaired";
    }
    boolean demonstrated = text.contains("\"completion\"") || text.contains("\"messages\"");
    return demonstrated ? "demonstrations" : "pairs";
  }
}
