package dev.kelpie.model.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.StopTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchitecturesTest {
  private final Path folder;

  ArchitecturesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsBothLayoutsOfRotaryPositions() throws IOException {
    ModelConfig old = read(llama("\"rope_theta\": 5e5, \"rope_scaling\": null"));
    ModelConfig current =
        read(llama("\"rope_parameters\": {\"rope_theta\": 5e5, \"rope_type\": \"default\"}"));
    assertThat(old).isEqualTo(current);
    assertThat(old.rope().theta()).isEqualTo(5e5);
  }

  @Test
  void readsLlama3ScalingByItsOldAndItsNewKey() throws IOException {
    String numbers =
        "\"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4,"
            + " \"original_max_position_embeddings\": 32}";
    Rope old = read(llama("\"rope_scaling\": {\"type\": \"llama3\", " + numbers)).rope();
    Rope current =
        read(llama("\"rope_parameters\": {\"rope_type\": \"llama3\", " + numbers)).rope();
    assertThat(old).isEqualTo(current);
    assertThat(old.scaling()).contains(new Rope.Llama3(8, 1, 4, 32));
  }

  @Test
  void stretchesOnlyLongWaves() {
    Rope.Scaling scaling = new Rope.Llama3(8, 1, 4, 32);
    // wave length 2 pi / 1 = 6.28 < 32 / 4: kept
    assertThat(scaling.scale(1)).isEqualTo(1);
    // wave length 2 pi / 0.1 = 62.8 > 32 / 1: a factor of 8
    assertThat(scaling.scale(0.1)).isEqualTo(0.1 / 8);
    // wave length 2 pi / (pi / 8) = 16: smooth = (32 / 16 - 1) / (4 - 1) = 1/3,
    // 2/3 * f / 8 + 1/3 * f = 5/12 f
    assertThat(scaling.scale(Math.PI / 8)).isCloseTo(Math.PI / 8 * 5 / 12, within(1e-12));
  }

  @Test
  void derivesWhatAFileMayLeaveOut() throws IOException {
    ModelConfig config = read(llama("\"head_dim\": null, \"num_key_value_heads\": null"));
    assertThat(config.headSize()).isEqualTo(12);
    assertThat(config.keyValueHeads()).isEqualTo(4);
    assertThat(config.tied()).isFalse();
    assertThat(config.windows()).containsExactly(0, 0);
  }

  @Test
  void givesQwen2ItsBiasesUnasked() throws IOException {
    ModelConfig config = read(family("Qwen2ForCausalLM", "\"sliding_window\": 4"));
    assertThat(config.queryKeyValueBias()).isTrue();
    assertThat(config.outputBias()).isFalse();
    assertThat(config.windows()).containsExactly(0, 0);
    assertThat(config.parameters()).containsKey("model.layers.1.self_attn.k_proj.bias");
  }

  @Test
  void readsWindowsFromTypesOrFromTheFirstWindowedLayer() throws IOException {
    String use = "\"use_sliding_window\": true, \"sliding_window\": 4, ";
    assertThat(read(family("Qwen2ForCausalLM", use + "\"max_window_layers\": 1")).windows())
        .containsExactly(0, 4);
    assertThat(
            read(family(
                    "Qwen3ForCausalLM",
                    use + "\"layer_types\": [\"sliding_attention\", \"full_attention\"]"))
                .windows())
        .containsExactly(4, 0);
  }

  @Test
  void windowsAllLayersOfMistralUnlessItSaysNull() throws IOException {
    assertThat(read(family("MistralForCausalLM", "\"sliding_window\": null")).windows())
        .containsExactly(0, 0);
    assertThat(read(family("MistralForCausalLM", "\"sliding_window\": 8")).windows())
        .containsExactly(8, 8);
    assertThat(read(family("MistralForCausalLM", "\"x\": 8")).windows())
        .containsExactly(4096, 4096);
  }

  @Test
  void readsWhichLayersOfSmolLm3AreRotated() throws IOException {
    ModelConfig config = read(family("SmolLM3ForCausalLM", "\"no_rope_layers\": [1, 0]"));
    assertThat(config.rope().layers()).containsExactly(true, false);
    assertThat(config.rope().theta()).isEqualTo(2e6);
    assertThat(config.tied()).isTrue();
  }

  @Test
  void everyReferenceCheckpointHasTheParametersOfItsArchitecture() throws IOException {
    for (String name :
        List.of(
            "llama-gqa",
            "llama-tied-rope3",
            "llama-bias",
            "llama-bf16",
            "mistral-swa",
            "qwen2",
            "qwen3",
            "smollm2",
            "smollm3",
            "llama-reward",
            "gpt2",
            "gemma2",
            "gemma3",
            "phi3",
            "qwen3-moe")) {
      ModelConfig config = ModelConfig.open(ParityFixtures.own(name));
      assertThat(config.hiddenSize()).as(name).isEqualTo(48);
    }
    assertThat(ModelConfig.open(ParityFixtures.own("llama-reward")).labels()).isEqualTo(1);
  }

  @Test
  void refusesAnUnknownArchitectureByItsName() throws IOException {
    assertThatThrownBy(() -> read(family("LamaForCausalLM", "\"x\": 1")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(
            "architectures: LamaForCausalLM (expected: LlamaForCausalLM? one of")
        .hasMessageEndingWith("config.json");
    assertThatThrownBy(() -> read(family("GPTNeoXForCausalLM", "\"x\": 1")))
        .hasMessageContaining("GPTNeoXForCausalLM")
        .hasMessageContaining("Qwen2ForCausalLM");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gemma\"}");
    assertThatThrownBy(() -> ModelConfig.open(folder)).hasMessageContaining("model_type: gemma");
  }

  @Test
  void refusesWhatItCannotCompute() throws IOException {
    assertThatThrownBy(() -> read(llama("\"hidden_act\": \"gelu\"")))
        .hasMessageStartingWith("hidden_act: \"gelu\" (expected: silu), ");
    assertThatThrownBy(() -> read(llama("\"rope_scaling\": {\"rope_type\": \"proportional\"}")))
        .hasMessageStartingWith(
            "rope_scaling.rope_type: \"proportional\" (expected: default, linear");
    assertThatThrownBy(() -> read(llama("\"num_key_value_heads\": 3")))
        .hasMessageStartingWith("num_key_value_heads: 3 (expected: a divisor of");
    assertThatThrownBy(() -> read(llama("\"vocab_size\": \"many\"")))
        .hasMessageStartingWith("vocab_size: \"many\" (expected: a whole number), ");
  }

  @Test
  void placesBrokenJson() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\n \"vocab_size\": ,\n}");
    assertThatThrownBy(() -> ModelConfig.open(folder)).hasMessageEndingWith("config.json:2:16");
    assertThatThrownBy(() -> ModelConfig.open(folder.resolve("absent")))
        .hasMessageStartingWith("config.json: missing");
  }

  @Test
  void stopsAtTheIdsOfTheGenerationConfiguration() throws IOException {
    read(llama("\"x\": 1"));
    assertThat(StopTokens.open(folder).ids().toArray()).containsExactly(2, 7);
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 5}");
    assertThat(StopTokens.open(folder).contains(5)).isTrue();
    assertThat(StopTokens.open(folder).contains(2)).isFalse();
  }

  private ModelConfig read(String json) throws IOException {
    Files.writeString(folder.resolve("config.json"), json);
    return ModelConfig.open(folder);
  }

  private static String llama(String more) {
    return family("LlamaForCausalLM", more);
  }

  /** Later keys win, so {@code more} comes last. */
  private static String family(String name, String more) {
    return "{\"architectures\": [\""
        + name
        + "\"], \"vocab_size\": 320, \"hidden_size\": 48, \"num_hidden_layers\": 2,"
        + " \"num_attention_heads\": 4, \"intermediate_size\": 88, \"eos_token_id\": [2, 7],"
        + " \"num_key_value_heads\": 4, "
        + more
        + "}";
  }
}
