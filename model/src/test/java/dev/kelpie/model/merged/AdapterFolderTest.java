package dev.kelpie.model.merged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.ReferenceArrays;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterTargets;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterFolderTest {
  private static final Path BASE = ParityFixtures.own("qwen2");

  @TempDir private Path temporary = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-lora", "qwen2-lora-rslora"})
  void mergedWeightsEqualPeft(String name) {
    Path folder = ParityFixtures.folder(name);
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        PolicyWeights merged = PolicyWeights.open(BASE, Optional.of(folder))) {
      List<String> names = expected.names("merged.");
      assertThat(names).hasSize(2);
      for (String tensor : names) {
        float[] ours = numbers(merged, tensor.substring("merged.".length()));
        assertThat(ours).containsExactly(expected.floats(tensor), within(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 2", "true, 4"})
  void scaleIsAlphaByRankOrByItsRoot(boolean rslora, double scale) {
    AdapterConfig config =
        new AdapterConfig(4, 8, rslora, AdapterTargets.of(List.of("q_proj")), 0, List.of());
    assertThat(config.scale()).isEqualTo(scale);
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Path folder = ParityFixtures.own("qwen2-lora");
    ModelConfig base = ModelConfig.open(BASE);
    try (AdapterFolder adapter = AdapterFolder.open(folder, base)) {
      AdapterFolder.write(temporary, adapter.weights(), adapter.config(), BASE);
      try (AdapterFolder again = AdapterFolder.open(temporary, base)) {
        assertThat(again.config()).isEqualTo(adapter.config());
        assertThat(again.tensors()).isEqualTo(adapter.tensors());
        for (Tensor tensor : adapter.tensors()) {
          assertThat(numbers(again, tensor.name())).isEqualTo(numbers(adapter, tensor.name()));
        }
      }
    }
    assertThat(AdapterFolder.base(temporary)).isEqualTo(BASE.toAbsolutePath().normalize());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"r\": 4 | \"r\": 5 | shape [4, 88] (expected: [5, 88]); is it an adapter of another"
            + " base?",
        "\"r\": 4 | \"r\": 0 | r: 0 (expected: a rank from 1)",
        "\"lora_alpha\": 8 | \"lora_alpha\": \"8\" | lora_alpha: \"8\" (expected: a number above"
            + " 0)",
        "\"use_dora\": false | \"use_dora\": true | use_dora: true (expected: false)",
        "\"modules_to_save\": null | \"modules_to_save\": [\"norm\"] | modules-to-save: norm",
        "\"modules_to_save\": null | \"modules_to_save\": 1"
            + " | modules_to_save: 1 (expected: a list of names)",
        "\"use_dora\": false | \"use_dorra\": false | use_dorra: false (expected: use_dora?)",
        "\"LORA\" | \"IA3\" | peft_type: \"IA3\" (expected: \"LORA\")",
        "\"up_proj\" | \"upper_proj\" | targets: upper_proj (expected: down_proj, gate_proj,"
            + " k_proj",
        "\"up_proj\" | \"o_proj\" | self_attn.o_proj.lora_A.weight: missing (expected: [4, 48])",
      })
  void whatDoesNotFitIsRefusedInOneLine(String from, String to, String message) throws IOException {
    Path folder = ParityFixtures.own("qwen2-lora");
    String settings = Files.readString(folder.resolve(Checkpoint.ADAPTER_SETTINGS));
    assertThat(settings).contains(from);
    Files.writeString(temporary.resolve("adapter_config.json"), settings.replace(from, to));
    Files.copy(
        folder.resolve("adapter_model.safetensors"),
        temporary.resolve("adapter_model.safetensors"));
    assertThatThrownBy(() -> AdapterFolder.open(temporary, ModelConfig.open(BASE)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(temporary.toString());
  }

  @Test
  void anotherBaseIsRefused() {
    assertThatThrownBy(
            () ->
                PolicyWeights.open(
                    ParityFixtures.own("smollm2"), Optional.of(ParityFixtures.own("qwen2-lora"))))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is it an adapter of another base?");
  }

  private static float[] numbers(WeightSnapshot weights, String name) {
    Tensor tensor =
        weights.tensors().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    FloatBuffer numbers = FloatBuffer.allocate(Math.toIntExact(tensor.elements()));
    weights.read(
        tensor, 100, chunk -> numbers.put(chunk.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()));
    return numbers.array();
  }
}
