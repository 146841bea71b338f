package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(ParityTally.class)
class ChatTemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<Message> CONVERSATION =
      List.of(new Message("system", "Be brief."), new Message("user", "{{ 1 + 1 }}? {% x %}"));

  private static final String CHATML =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  /** Arguments of the reference that become variables of the template. */
  private static final Set<String> ARGUMENTS =
      Set.of("messages", "tools", "documents", "add_generation_prompt", "enable_thinking");

  /** Arguments of the reference that Kelpie does not have. */
  private static final Set<String> NOT_SUPPORTED = Set.of("continue_final_message");

  static List<Arguments> renderings() throws IOException {
    Path root = ParityFixtures.folder("chat-templates");
    JsonNode conversations = JSON.readTree(root.resolve("conversations.json").toFile());
    List<Arguments> all = new ArrayList<>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        for (Map.Entry<String, JsonNode> rendering :
            ParityFixtures.expected(folder).get("renderings").properties()) {
          JsonNode conversation = conversations.get(rendering.getKey());
          all.add(arguments(folder, rendering.getKey(), conversation, rendering.getValue()));
        }
      }
    }
    return all;
  }

  /** Equal text, or an error where the reference has one: nothing is refused that it renders. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("renderings")
  void rendersAConversationAsTheReferenceDoes(
      Path folder, String name, JsonNode conversation, JsonNode expected) throws IOException {
    Set<String> arguments = new TreeSet<>();
    conversation.fieldNames().forEachRemaining(arguments::add);
    if (arguments.removeAll(NOT_SUPPORTED)) {
      assertThat(expected.path("text").asText()).isNotEqualTo(found(folder, conversation));
    } else {
      assertThat(difference(expected, found(folder, conversation))).isEmpty();
    }
    assertThat(ARGUMENTS).containsAll(arguments);
  }

  static List<String> models() throws IOException {
    List<String> models = new ArrayList<>();
    for (String name : ParityFixtures.models()) {
      if (ParityFixtures.expected(ParityFixtures.folder(name)).has("chat")) {
        models.add(name);
      }
    }
    return models;
  }

  @ParameterizedTest
  @MethodSource("models")
  void rendersAndEncodesConversationsOfACheckpoint(String name) throws IOException {
    Path folder = ParityFixtures.folder(name);
    ChatTemplate template = ChatTemplate.open(folder).orElseThrow();
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      for (JsonNode chat : ParityFixtures.expected(folder).get("chat")) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : chat.get("messages")) {
          messages.add(new Message(message.get("role").asText(), message.get("content").asText()));
        }
        String text = template.render(messages, chat.get("add_generation_prompt").asBoolean());
        assertThat(text).isEqualTo(chat.get("text").asText());
        assertThat(tokenizer.encode(text, false).toArray())
            .isEqualTo(JSON.convertValue(chat.get("ids"), int[].class));
      }
    }
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
    Files.writeString(
        config, "{\"bos_token\": {\"__type\": \"AddedToken\", \"content\": \"<s>\"}}");
    assertThat(ChatTemplate.open(folder)).isEmpty();
    Files.writeString(
        config,
        "{\"bos_token\": {\"__type\": \"AddedToken\", \"content\": \"<s>\"}, \"chat_template\":"
            + " \"{{ bos_token }}1\"}");
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
  void hasTheSpecialTokensOfTheTokenizer(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("chat_template.jinja"), "{{ bos_token }} {{ eos_token }} {{ pad_token }}");
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"bos_token\": \"<a>\"}");
    Files.writeString(
        folder.resolve("special_tokens_map.json"),
        "{\"bos_token\": \"<b>\", \"eos_token\": \"<c>\"}");
    assertThat(open(folder)).isEqualTo("<b> <c> "); // the older file wins, as in transformers
    Files.writeString(config, "{\"bos_token\": \"<a>\", \"added_tokens_decoder\": {}}");
    assertThat(open(folder)).isEqualTo("<a>  "); // the older file is not read
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"qwen2\"}");
    assertThat(open(folder)).isEqualTo("<a> <|endoftext|> <|endoftext|>");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"padding\": {\"pad_token\": \"<p>\"}}");
    assertThat(open(folder)).isEqualTo("<a>  <p>");
    Files.writeString(config, "{\"pad_token\": null, \"added_tokens_decoder\": {}}");
    assertThat(open(folder)).isEqualTo("  ");
  }

  @Test
  void refusesANameThatOverrulesTheTokenizerClass(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ bos_token }}");
    Path settings = folder.resolve("tokenizer_config.json");
    Files.writeString(settings, "{\"tokenizer_class\": \"GPT2Tokenizer\"}");
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{\"model_type\": \"llama\", \"model_name\": \"mine\"}");
    assertThat(open(folder)).isEqualTo("<|endoftext|>");
    Files.writeString(config, "{\"model_type\": \"llama\", \"model_name\": \"internlm2\"}");
    assertThatThrownBy(() -> open(folder))
        .hasMessage(
            "model_name: \"internlm2\" (expected: none, because with it transformers does not use"
                + " tokenizer_class), "
                + config);
    Files.writeString(settings, "{}");
    assertThat(open(folder)).isEmpty();
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

  private static String found(Path folder, JsonNode conversation) throws IOException {
    ChatTemplate template = template(folder, ParityFixtures.expected(folder));
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
    String message =
        own
            ? "error: chat template: " + expected.path("message").asText().replace("\n", "\\n")
            : "error: ";
    return refused && found.startsWith(message) ? "" : "\n  " + found + "\ninstead of " + expected;
  }
}
