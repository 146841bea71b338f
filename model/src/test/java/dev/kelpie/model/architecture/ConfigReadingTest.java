package dev.kelpie.model.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReadingTest {
  private static final List<String> TYPES =
      List.of("llama", "mistral", "qwen2", "qwen3", "smollm3");
  private final Path folder;

  ConfigReadingTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void tellsReadIgnoredAndUnknownKeysApart() throws IOException {
    write(
        "\"rope_theta\": 1e4, \"torch_dtype\": \"bfloat16\", \"attention_multiplier\": 0.5,"
            + " \"note\": null");
    ConfigReading reading = ConfigReading.of(folder).get(0);
    assertThat(reading.read()).contains("rope_theta", "hidden_size", "architectures");
    assertThat(reading.ignored()).containsExactly("torch_dtype", "note");
    assertThat(reading.unknown()).containsExactly("attention_multiplier");
    assertThat(reading.warnings())
        .containsExactly("config.json: attention_multiplier: 0.5 is not known and not used");
    assertThat(reading.refusal()).isEmpty();
  }

  @Test
  void looksIntoRotaryParameters() throws IOException {
    write("\"rope_parameters\": {\"rope_theta\": 100, \"mscale\": 2, \"rope_type\": \"default\"}");
    ConfigReading reading = ConfigReading.of(folder).get(0);
    assertThat(reading.read()).contains("rope_parameters.rope_theta", "rope_parameters.rope_type");
    assertThat(reading.warnings())
        .containsExactly("config.json: rope_parameters.mscale: 2 is not known and not used");
  }

  @Test
  void keepsTheRefusal() throws IOException {
    write("\"hidden_act\": \"gelu\", \"note\": 1");
    ConfigReading reading = ConfigReading.of(folder).get(0);
    assertThat(reading.refusal()).startsWith("hidden_act: \"gelu\" (expected: silu), ");
    assertThat(reading.unknown()).isEmpty(); // nobody can tell what would have been read
  }

  @Test
  void ignoresADropoutOfZeroOnly() throws IOException {
    write("\"attention_dropout\": 0.0");
    assertThat(ConfigReading.warnings(folder)).isEmpty();
    write("\"attention_dropout\": 0.1");
    assertThat(ConfigReading.warnings(folder))
        .containsExactly(
            "config.json: attention_dropout: 0.1 is not applied: Kelpie trains a model's layers"
                + " without dropout");
  }

  @Test
  void warnsOfWhatWouldChangeWhichTokensAreDrawn() throws IOException {
    write("\"x\": null");
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"eos_token_id\": [2, 7], \"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9,"
            + " \"repetition_penalty\": 1.05, \"suppress_tokens\": [3], \"min_new_tokens\": 0,"
            + " \"no_repeat_ngram_size\": 0, \"bad_words_ids\": null}");
    ConfigReading reading = ConfigReading.of(folder).get(1);
    assertThat(reading.read()).containsExactly("eos_token_id");
    assertThat(reading.ignored()).contains("temperature", "top_p", "bad_words_ids");
    assertThat(reading.unknown()).containsExactly("repetition_penalty", "suppress_tokens");
    assertThat(reading.warnings())
        .hasSize(2)
        .allMatch(line -> line.contains("is not applied: tokens are drawn from the model's own"));
  }

  @Test
  void saysWhereResponsesEndIfTransformersWouldNotEndThem() throws IOException {
    write("\"eos_token_id\": 2");
    assertThat(ConfigReading.warnings(folder)).isEmpty();
    Files.writeString(folder.resolve("generation_config.json"), "{\"temperature\": 1}");
    assertThat(ConfigReading.warnings(folder))
        .containsExactly(
            "generation_config.json has no eos_token_id: responses end at [2] of config.json;"
                + " transformers would not end them");
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 4}");
    assertThat(ConfigReading.warnings(folder)).isEmpty();
    assertThat(GenerationConfig.stops(folder)).containsExactly(4);
  }

  @Test
  void saysThatNothingEndsResponses() throws IOException {
    write("\"eos_token_id\": null");
    assertThat(ConfigReading.warnings(folder))
        .containsExactly(
            "no eos_token_id in generation_config.json or config.json: every response runs to"
                + " rollout.max-new-tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quantization_config|{\"bits\": 4}|none; Kelpie reads F32, BF16 and F16 weights",
        "quantization|{\"bits\": 4}|none; Kelpie reads F32, BF16 and F16 weights",
        "per_layer_config|{\"0\": {}}|none; all layers of a model have one shape",
        "text_config|{}|none; only a decoder alone is read",
        "is_encoder_decoder|true|none; only a decoder alone is read",
        "configuration_files|[\"a\"]|none; this file is the configuration",
        "transformers_weights|\"a\"|none; weights are in model.safetensors or in shards",
        "attribute_map|{\"a\": \"b\"}|none; each key is read under its own name",
      })
  void refusesWhatWouldMakeItAnotherModel(String key, String value, String expected)
      throws IOException {
    write("\"" + key + "\": " + value);
    assertThatThrownBy(() -> ModelConfig.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s: %s (expected: %s), %s",
            key, value.replace(": ", ":"), expected, folder.resolve("config.json"));
  }

  @Test
  void refusesAModelTypeThatContradictsTheArchitecture() throws IOException {
    write("\"model_type\": \"mistral\"");
    assertThatThrownBy(() -> ModelConfig.open(folder))
        .hasMessageStartingWith("model_type: \"mistral\" (expected: llama, by architectures), ");
  }

  @Test
  void namesAnAdapterAlsoBesideAModel() throws IOException {
    write("\"x\": null");
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": \"Qwen/Qwen3-0.6B\"}");
    assertThatThrownBy(() -> ModelConfig.open(folder))
        .hasMessageStartingWith(folder + ": a PEFT adapter, which has adapter_config.json")
        .hasMessageContaining("such as Qwen/Qwen3-0.6B with the adapter merged into it");
    Files.delete(folder.resolve("config.json"));
    assertThatThrownBy(() -> ModelConfig.open(folder)).hasMessageContaining("a PEFT adapter");
  }

  @Test
  void namesFoldersOfOtherFormats() throws IOException {
    Files.createFile(folder.resolve("model-q4.gguf"));
    assertThatThrownBy(() -> ModelConfig.open(folder))
        .hasMessageStartingWith(folder + ": no config.json, only model-q4.gguf in llama.cpp's");
    Files.writeString(folder.resolve("model_index.json"), "{}");
    assertThatThrownBy(() -> ModelConfig.open(folder))
        .hasMessageStartingWith(folder + ": a diffusers pipeline, which has model_index.json");
  }

  @Test
  void theDocumentHasEveryKnownKey() throws IOException {
    String document = Files.readString(Path.of("../docs/models.md"));
    List<String> absent = new ArrayList<>();
    for (String type : TYPES) {
      ModelKeys.known(type).harmless().keySet().forEach(key -> note(document, key, absent));
      ModelKeys.known(type).refused().keySet().forEach(key -> note(document, key, absent));
    }
    assertThat(absent).isEmpty();
  }

  private static void note(String document, String key, List<String> absent) {
    if (!document.contains("`" + key + "`")) {
      absent.add(key);
    }
  }

  /** A Llama with {@code more}. */
  private void write(String more) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\": [\"LlamaForCausalLM\"], \"vocab_size\": 41, \"hidden_size\": 16,"
            + " \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"intermediate_size\": 24,"
            + (more.contains("eos_token_id") ? "" : " \"eos_token_id\": 2,")
            + more
            + "}");
  }
}
