package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ConfigReading;
import dev.kelpie.model.architecture.ModelConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A {@code config.json} that is accepted gives a model of the sizes that it says. */
class ModelConfigFuzzTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void readsWhatTheFileSaysOrRefuses(@TempDir Path folder) throws InterruptedException {
    fuzz(folder, 500);
  }

  @Test
  @Tag("slow")
  void doesSoAHundredThousandTimes(@TempDir Path folder) throws InterruptedException {
    fuzz(folder, Fuzz.MANY);
  }

  private static void fuzz(Path folder, int inputs) throws InterruptedException {
    String sizes =
        "\"vocab_size\": 104, \"hidden_size\": 32, \"num_hidden_layers\": 2,"
            + " \"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"intermediate_size\": 48,"
            + " \"max_position_embeddings\": 256, \"eos_token_id\": [1, 2], ";
    new Fuzz(
            List.of(
                bytes(
                    "{\"architectures\": [\"LlamaForCausalLM\"], \"model_type\": \"llama\", "
                        + sizes
                        + "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0,"
                        + " \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                        + " \"original_max_position_embeddings\": 64}, \"rope_theta\": 500000.0}"),
                bytes(
                    "{\"model_type\": \"qwen3\", "
                        + sizes
                        + "\"head_dim\": 16, \"use_sliding_window\": true, \"sliding_window\": 16,"
                        + " \"max_window_layers\": 1, \"rope_parameters\": {\"rope_type\":"
                        + " \"default\", \"rope_theta\": 1e6}, \"tie_word_embeddings\": true}"),
                bytes(
                    "{\"architectures\": [\"SmolLM3ForCausalLM\"], "
                        + sizes
                        + "\"no_rope_layers\": [1, 0], \"pad_token_id\": 0, \"layer_types\":"
                        + " [\"full_attention\", \"full_attention\"]}")),
            List.of(
                "\"num_hidden_layers\": 1000000000",
                "\"head_dim\": 7",
                "\"layer_types\": []",
                "\"id2label\": {}",
                "null",
                "[",
                "{",
                "\\ud83d",
                "\"",
                ",",
                "\u0000",
                "-",
                "1e9"),
            inputs)
        .allocatingBelow(1L << 30)
        .run(input -> check(folder, input), CheckpointException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void check(Path folder, byte[] input) throws IOException {
    Files.write(folder.resolve("config.json"), input);
    ModelConfig config = ModelConfig.open(folder);
    StopTokens stops = StopTokens.open(folder);
    assertThat(ConfigReading.of(folder).get(0).refusal()).isEmpty();
    assertThat(ConfigReading.warnings(folder)).allSatisfy(line -> assertThat(line).hasLineCount(1));
    JsonNode json = JSON.readTree(new String(input, StandardCharsets.UTF_8));
    assertThat(config.hiddenSize()).isEqualTo(json.path("hidden_size").intValue());
    assertThat(config.layers()).isEqualTo(json.path("num_hidden_layers").intValue());
    assertThat(config.heads()).isEqualTo(json.path("num_attention_heads").intValue());
    assertThat(config.intermediateSize()).isEqualTo(json.path("intermediate_size").intValue());
    long embedding = (long) config.vocabularySize() * config.hiddenSize();
    assertThat(config.parameterCount()).isGreaterThan(embedding);
    JsonNode eos = json.path("eos_token_id");
    for (JsonNode id : eos.isArray() ? eos : List.of(eos)) {
      assertThat(id.isIntegralNumber()).isEqualTo(id.isNumber());
      assertThat(!id.isNumber() || stops.contains(id.intValue())).isTrue();
    }
  }
}
