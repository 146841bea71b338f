package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kelpie inspect MODEL}: what is made of each key of a model's files. */
class InspectModelTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path model;

  InspectModelTest(@TempDir Path folder) {
    this.model = folder.resolve("model");
  }

  @BeforeEach
  void copyTheQuickstartsPolicy() throws IOException {
    Path policy = Shipped.configs().resolve("quickstart/policy");
    Files.createDirectory(model);
    for (String name :
        new String[] {
          "config.json",
          "generation_config.json",
          "model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json"
        }) {
      Files.copy(policy.resolve(name), model.resolve(name));
    }
  }

  @Test
  void saysWhatIsReadAndIgnored() throws IOException {
    JsonNode json = inspect(0);
    assertThat(what(json, "config.json", "rope_theta")).isEqualTo("read");
    assertThat(what(json, "config.json", "pad_token_id")).isEqualTo("ignored");
    assertThat(what(json, "generation_config.json", "eos_token_id")).isEqualTo("read");
    assertThat(what(json, "tokenizer_config.json", "eos_token")).isEqualTo("read");
    assertThat(what(json, "tokenizer_config.json", "model_max_length")).isEqualTo("ignored");
    assertThat(json.at("/keys/other files/0/file").asText()).isEqualTo("tokenizer.json");
    assertThat(json.at("/special-tokens/eos_token").asText()).isEqualTo("</s>");
    assertThat(json.path("warnings")).isEmpty();
    assertThat(json.at("/weights/tensors").asInt()).isEqualTo(39);
    assertThat(json.at("/weights/numbers of F32").asInt()).isEqualTo(808_832);
    assertThat(CommandLineRun.of("inspect", model.toString()).out())
        .containsPattern("pad_token_id +ignored")
        .containsPattern("tokenizer.json +read: WordLevel; 3 added tokens in all files");
  }

  @Test
  void warnsOfUnknownKeysAndOfAnEndThatDoesNotEnd() throws IOException {
    set("config.json", "attention_flavour", "\"new\"");
    set("tokenizer_config.json", "flavour", "1");
    set("generation_config.json", "eos_token_id", "5");
    JsonNode json = inspect(0);
    assertThat(what(json, "config.json", "attention_flavour")).isEqualTo("unknown, not used");
    assertThat(what(json, "tokenizer_config.json", "flavour")).isEqualTo("unknown, not used");
    assertThat(json.path("warnings").toString())
        .contains("attention_flavour")
        .contains("flavour: not used, because its meaning is not known, ")
        .contains("eos_token: </s> of the tokenizer has id 2, which does not end a response");
  }

  @Test
  void saysWhichOlderFilesCount() throws IOException {
    Files.writeString(model.resolve("special_tokens_map.json"), "{\"pad_token\": \"</s>\"}");
    JsonNode read = inspect(0);
    assertThat(read.at("/keys/other files/1/what").asText()).isEqualTo("read");
    assertThat(read.at("/special-tokens/pad_token").asText()).isEqualTo("</s>");
    set("tokenizer_config.json", "added_tokens_decoder", "{}");
    JsonNode passed = inspect(0);
    assertThat(passed.at("/keys/other files/1/what").asText())
        .isEqualTo("not read, because tokenizer_config.json has added_tokens_decoder");
    assertThat(passed.at("/special-tokens/pad_token").asText()).isEqualTo("<pad>");
  }

  @Test
  void namesEverythingThatIsRefusedALineEach() throws IOException {
    set("config.json", "num_hidden_layers", "1000000000");
    set("tokenizer_config.json", "split_special_tokens", "true");
    JsonNode json = inspect(Failures.BAD_INPUT);
    assertThat(json.path("problems"))
        .hasSize(2)
        .anySatisfy(
            problem ->
                assertThat(problem.asText())
                    .startsWith("num_hidden_layers: 1000000000 (expected: 1 to 10000), "))
        .anySatisfy(
            problem ->
                assertThat(problem.asText())
                    .startsWith("split_special_tokens: true (expected: false), "))
        .allSatisfy(
            problem -> assertThat(problem.asText()).doesNotContainPattern("fasterxml|ai\\.djl"));
  }

  @Test
  void hashesNoFileOutsideOfTheFolder(@TempDir Path elsewhere) throws IOException {
    Path secret = Files.writeString(elsewhere.resolve("secret"), "text");
    Files.createSymbolicLink(model.resolve("zz.txt"), secret);
    JsonNode json = inspect(Failures.BAD_INPUT);
    assertThat(json.path("problems").toString()).contains("zz.txt: a link that leads out of ");
    assertThat(json.path("files").toString()).doesNotContain("zz.txt");
  }

  private JsonNode inspect(int exitCode) throws IOException {
    CommandLineRun run = CommandLineRun.of("inspect", model.toString(), "--json");
    assertThat(run.code()).as(run.err()).isEqualTo(exitCode);
    return JSON.readTree(run.out());
  }

  private static String what(JsonNode json, String file, String key) {
    for (JsonNode row : json.path("keys").path(file)) {
      if (row.path("key").asText().equals(key)) {
        return row.path("what").asText();
      }
    }
    return "";
  }

  private void set(String file, String key, String value) throws IOException {
    Path path = model.resolve(file);
    ObjectNode json = (ObjectNode) JSON.readTree(path.toFile());
    json.set(key, JSON.readTree(value));
    Files.writeString(path, json.toString());
  }
}
