package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<Message> CONVERSATION =
      List.of(new Message("system", "Be brief."), new Message("user", "{{ 1 + 1 }}? {% x %}"));

  private static final String CHATML =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  /** Equal text, or an error where the reference has one: nothing is refused that it renders. */
  @Test
  void rendersTheTemplatesOfOpenModelsAsTheReferenceDoes() throws IOException {
    Path root = SharedFixtures.model("chat-templates");
    JsonNode conversations = JSON.readTree(root.resolve("conversations.json").toFile());
    List<String> wrong = new ArrayList<>();
    int equal = 0;
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        JsonNode expected = JSON.readTree(folder.resolve("expected.json").toFile());
        ChatTemplate template = template(folder, expected);
        for (Map.Entry<String, JsonNode> rendering : expected.get("renderings").properties()) {
          JsonNode conversation = conversations.get(rendering.getKey());
          if (!conversation.path("continue_final_message").asBoolean()) {
            String found = render(template, conversation);
            String difference = difference(rendering.getValue(), found);
            if (difference.isEmpty()) {
              equal++;
            } else {
              wrong.add(folder.getFileName() + " " + rendering.getKey() + difference);
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(equal).isGreaterThan(400);
  }

  @Test
  void takesTextOfMessagesAsItIs() {
    ChatTemplate template = ChatTemplate.of("it", CHATML, Map.of());
    assertThat(template.render(CONVERSATION, true))
        .isEqualTo(
            """
            <|im_start|>system
            Be brief.<|im_end|>
            <|im_start|>user
            {{ 1 + 1 }}? {% x %}<|im_end|>
            <|im_start|>assistant
            """);
    assertThat(template.render(CONVERSATION, false)).endsWith("<|im_end|>\n");
  }

  @Test
  void findsTheTemplateInEitherPlace(@TempDir Path folder) throws IOException {
    assertThat(ChatTemplate.open(folder)).isEmpty();
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"bos_token\": {\"content\": \"<s>\"}}");
    assertThat(ChatTemplate.open(folder)).isEmpty();
    Files.writeString(
        config, "{\"bos_token\": {\"content\": \"<s>\"}, \"chat_template\": \"{{ bos_token }}1\"}");
    assertThat(open(folder)).isEqualTo("<s>1");
    Files.writeString(
        config,
        "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"},"
            + " {\"name\": \"default\", \"template\": \"2{{ bos_token }}\"}]}");
    assertThat(open(folder)).isEqualTo("2");
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages[0].role }}3\n");
    assertThat(open(folder)).isEqualTo("system3");
  }

  @Test
  void namesFileAndLineOfWhatItRefuses(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("chat_template.jinja");
    Files.writeString(file, "a\n{% include 'x' %}");
    assertThatThrownBy(() -> ChatTemplate.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("chat template: tag include is not supported, " + file + ":2");
    Files.writeString(file, "a\n\n{{ messages[0].content | shout }}");
    assertThatThrownBy(() -> ChatTemplate.open(folder))
        .hasMessage("chat template: filter shout is not supported, " + file + ":3");
    Files.writeString(
        file, "{% if true %}\n{{ raise_exception('no system messages') }}{% endif %}");
    assertThatThrownBy(() -> open(folder))
        .hasMessage("chat template: no system messages, " + file + ":2");
  }

  private static String open(Path folder) {
    return ChatTemplate.open(folder).orElseThrow().render(CONVERSATION, true);
  }

  private static ChatTemplate template(Path folder, JsonNode expected) throws IOException {
    Map<String, String> tokens = new HashMap<>();
    for (String name : List.of("bos_token", "eos_token")) {
      if (expected.get(name).isTextual()) {
        tokens.put(name, expected.get(name).asText());
      }
    }
    Path file = folder.resolve("chat_template.jinja");
    LocalDateTime now = LocalDateTime.parse(expected.get("now").asText());
    return ChatTemplate.of(file.toString(), Files.readString(file), tokens)
        .at(Clock.fixed(now.toInstant(ZoneOffset.UTC), ZoneOffset.UTC));
  }

  private static String render(ChatTemplate template, JsonNode conversation) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("tools", null);
    variables.put("documents", null);
    for (Map.Entry<String, JsonNode> argument : conversation.properties()) {
      variables.put(argument.getKey(), JSON.convertValue(argument.getValue(), Object.class));
    }
    try {
      return template.render(variables);
    } catch (CheckpointException e) {
      return "error: " + e.getMessage();
    }
  }

  private static String difference(JsonNode expected, String found) {
    if (expected.has("text")) {
      String text = expected.get("text").asText();
      return found.equals(text) ? "" : "\n  " + found + "\ninstead of\n  " + text;
    }
    boolean refused = found.startsWith("error: ");
    boolean own = expected.path("raised_by_template").asBoolean();
    String message = own ? "error: chat template: " + expected.path("message").asText() : "error: ";
    return refused && found.startsWith(message) ? "" : "\n  " + found + "\ninstead of " + expected;
  }
}
