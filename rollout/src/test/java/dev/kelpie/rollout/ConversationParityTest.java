package dev.kelpie.rollout;

import static java.time.ZoneOffset.UTC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.model.ChatRequest;
import dev.kelpie.model.ChatRequest.End;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Rows rendered by the chat templates of open models, against transformers' {@code
 * apply_chat_template} ({@code scripts/parity/chat_requests.py}).
 */
class ConversationParityTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FILE =
      Path.of("../model/src/test/resources/parity/chat-requests.json.gz");
  private static final Map<String, String> TOKENS = Map.of("bos_token", "<s>", "eos_token", "</s>");

  private static JsonNode fixture() throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(FILE))) {
      return JSON.readTree(in);
    }
  }

  static DataOptions data(Map<String, Object> arguments, boolean continued, String suffix) {
    return new DataOptions(
        "rows.jsonl",
        "jsonl",
        "",
        "prompt",
        "",
        "",
        "tools",
        true,
        ConfigBlock.of("data.template-arguments", arguments),
        continued,
        suffix,
        512,
        DataOptions.TooLong.DROP,
        true);
  }

  private static ChatRequest request(JsonNode c, JsonNode messages, boolean continued) {
    Map<String, Object> arguments = JSON.convertValue(c.get("arguments"), new TypeReference<>() {});
    RowMessages row = new RowMessages(data(Map.of(), continued, ""), "rows.jsonl:1");
    JsonNode tools = c.get("tools");
    ChatRequest request =
        row.request(row.parse(messages), tools.isNull() ? MissingNode.getInstance() : tools);
    return new ChatRequest(request.messages(), request.tools(), arguments, request.end());
  }

  private static ChatTemplate template(JsonNode all, JsonNode c) {
    String name = c.get("template").asText();
    Instant recorded = LocalDate.parse(all.get("date").asText()).atTime(12, 0).toInstant(UTC);
    return ChatTemplate.of(name, all.get("templates").get(name).asText(), TOKENS)
        .at(Clock.fixed(recorded, UTC));
  }

  @Test
  void rendersRowsAsTheReferenceDoes() throws IOException {
    JsonNode all = fixture();
    List<String> differences = new ArrayList<>();
    for (JsonNode c : all.get("cases")) {
      String expected = c.path("text").asText("refused");
      String found;
      try {
        End end = End.valueOf(c.get("end").asText());
        ChatRequest request = request(c, c.get("messages"), end == End.FINAL_MESSAGE);
        found = template(all, c).render(request.with(request.messages(), end));
      } catch (CheckpointException e) {
        found = "refused";
      }
      if (c.get("template").asText().equals("calls") && c.get("case").asText().equals("field")) {
        assertThat(found).contains("[call multiply {\"a\": 3, \"b\": 4}]", "12[by multiply]");
      }
      if (!found.equals(expected)) {
        differences.add(
            c.get("template") + " " + c.get("case") + "\n" + found + "\n!=\n" + expected);
      }
    }
    assertThat(differences).isEmpty();
    assertThat(all.get("cases").size()).isGreaterThan(300);
  }

  /** What follows the prompt is the rest of the conversation, or the row is refused. */
  @Test
  void writesAResponseAsTheTemplateDoes() throws IOException {
    JsonNode all = fixture();
    int written = 0;
    int refused = 0;
    int marked = 0;
    for (JsonNode c : all.get("cases")) {
      if (!c.has("prompt")) {
        continue;
      }
      String name = c.get("template") + " " + c.get("case");
      ArrayNode messages = c.get("messages").deepCopy();
      String response = messages.remove(messages.size() - 1).get("content").asText();
      ChatRequest request = request(c, messages, false);
      ChatTemplate template = template(all, c);
      String prompt = template.render(request);
      assertThat(prompt).as(name).isEqualTo(c.get("prompt").asText());
      String whole = c.get("text").asText();
      if (!whole.startsWith(prompt)) {
        refused++;
        assertThatThrownBy(() -> Demonstration.continuation(template, request, prompt, response))
            .as(name)
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("writes another prompt");
        continue;
      }
      written++;
      String continuation = Demonstration.continuation(template, request, prompt, response);
      assertThat(prompt + continuation).as(name).isEqualTo(whole);
      if (c.has("assistant")) {
        marked++;
        String assistant = c.get("assistant").asText();
        // what the template marks begins at or before the prompt's end, and ends where ours ends,
        // but for the line break behind the end of the turn
        String ours = continuation.substring(0, continuation.lastIndexOf('>') + 1);
        assertThat(assistant.stripTrailing()).as(name).endsWith(ours);
      }
    }
    assertThat(written).isGreaterThan(50);
    assertThat(refused).isGreaterThan(3);
    assertThat(marked).isGreaterThan(10);
  }

  private static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }

  private static RowMessages row(String suffix) {
    return new RowMessages(data(Map.of(), false, suffix), "rows.jsonl:7");
  }

  @Test
  void putsTheSuffixBehindTheLastTextOfTheUser() throws IOException {
    JsonNode parts =
        json(
            "[{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"a\"},"
                + " {\"type\": \"text\", \"text\": \"b\"}], \"name\": \"Ann\"},"
                + " {\"role\": \"assistant\", \"content\": null, \"tool_calls\": []}]");
    assertThat(row("!").parse(parts).get(0).values())
        .containsEntry("name", "Ann")
        .containsEntry(
            "content",
            List.of(Map.of("type", "text", "text", "a"), Map.of("type", "text", "text", "b!")));
    JsonNode none = json("[{\"role\": \"user\", \"content\": null}]");
    assertThatThrownBy(() -> row("!").parse(none))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("rows.jsonl:7: data.suffix has no text to follow");
    assertThat(row("").parse(none).get(0).content()).isEmpty();
  }

  @Test
  void refusesPartsThatAModelOfTextCannotTake() throws IOException {
    for (String part :
        List.of(
            "{\"type\": \"image\", \"url\": \"x\"}",
            "{\"type\": \"image_url\", \"image_url\": {}}",
            "{\"type\": \"input_audio\", \"data\": \"x\"}",
            "{\"video\": \"x\"}")) {
      JsonNode messages = json("[{\"role\": \"user\", \"content\": [" + part + "]}]");
      assertThatThrownBy(() -> row("").parse(messages))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("parts of text, because the model does not take ")
          .hasMessageEndingWith(", rows.jsonl:7");
    }
  }

  @Test
  void refusesASecondSystemMessage() throws IOException {
    RowMessages row = row("");
    var messages = row.parse(json("[{\"role\": \"system\", \"content\": \"a\"}]"));
    assertThat(row.withSystem(messages, Optional.of("a"))).hasSize(1);
    assertThatThrownBy(() -> row.withSystem(messages, Optional.of("b")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("another system message");
  }

  @Test
  void givesArgumentsToTheTemplateAndRefusesNamesAndValuesThatItCannotKeep() throws IOException {
    DataOptions data = data(Map.of("enable_thinking", false, "effort", "low"), false, "");
    RowMessages row = new RowMessages(data, "rows.jsonl:7");
    var messages = row.parse(json("[{\"role\": \"user\", \"content\": \"a\"}]"));
    assertThat(row.request(messages, json("null")).arguments())
        .isEqualTo(Map.of("enable_thinking", false, "effort", "low"));
    for (String name : List.of("messages", "tools", "bos_token", "add_generation_prompt", "a-b")) {
      assertThatThrownBy(() -> data(Map.of(name, 1), false, ""))
          .as(name)
          .hasMessageStartingWith("template-arguments: " + name + " (expected: ");
    }
    // experiment.conf would say 1 and none, and a resumed run render other prompts
    assertThatThrownBy(() -> data(Map.of("x", 1.0), false, ""))
        .hasMessageStartingWith("template-arguments: x = 1.0 (expected: text, a boolean, a number");
  }

  @Test
  void takesToolsAsJsonOrAsItsText() throws IOException {
    RowMessages row = row("");
    var messages = row.parse(json("[{\"role\": \"user\", \"content\": \"a\"}]"));
    List<Object> schemas = List.of(Map.of("name", "f"));
    assertThat(row.request(messages, json("[{\"name\": \"f\"}]")).tools()).isEqualTo(schemas);
    assertThat(row.request(messages, json("\"[{\\\"name\\\": \\\"f\\\"}]\"")).tools())
        .isEqualTo(schemas);
    assertThat(row.request(messages, json("null")).tools()).isNull();
    for (String wrong : List.of("7", "{}", "[1]", "\"x\"", "\"{}\"")) {
      JsonNode tools = json(wrong);
      assertThatThrownBy(() -> row.request(messages, tools))
          .as(wrong)
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("data.tools: column tools holds");
    }
  }
}
