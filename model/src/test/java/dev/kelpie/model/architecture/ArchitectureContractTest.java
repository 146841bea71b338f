package dev.kelpie.model.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every architecture of the catalog must do, and the example of docs/adding.md beside them.
 */
class ArchitectureContractTest {
  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/kelpie/model/architecture/Aquila.java");

  private final Path folder;

  ArchitectureContractTest(@TempDir Path folder) {
    this.folder = folder;
  }

  static Stream<Architecture> architectures() {
    return Stream.concat(
        Architectures.names().stream().map(Architectures::named), Stream.of(new Aquila()));
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void readsTheShapeOfItsModels(Architecture architecture) throws IOException {
    ModelConfig config = architecture.read(json(architecture, 2, "silu"));
    assertThat(config.architecture()).isEqualTo(architecture.name());
    assertThat(config.vocabularySize()).isEqualTo(320);
    assertThat(config.hiddenSize()).isEqualTo(48);
    assertThat(config.layers()).isEqualTo(2);
    assertThat(config.headSize()).isEqualTo(12);
    assertThat(config.keyValueHeads()).isEqualTo(2);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void namesEachParameterOfEachLayer(Architecture architecture) throws IOException {
    Map<String, List<Long>> two =
        architecture.parameters(architecture.read(json(architecture, 2, "silu")));
    Map<String, List<Long>> three =
        architecture.parameters(architecture.read(json(architecture, 3, "silu")));
    assertThat(two).containsEntry("model.embed_tokens.weight", List.of(320L, 48L));
    // key heads 2 of 12 channels each
    assertThat(two).containsEntry("model.layers.0.self_attn.k_proj.weight", List.of(24L, 48L));
    Map<String, List<Long>> added = new HashMap<>(three);
    added.keySet().removeAll(two.keySet());
    assertThat(added.keySet()).allMatch(name -> name.startsWith("model.layers.2."));
    added.forEach(
        (name, shape) ->
            assertThat(two).containsEntry(name.replace("layers.2.", "layers.1."), shape));
    assertThat(added)
        .hasSize((int) two.keySet().stream().filter(name -> name.contains(".layers.1.")).count());
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void refusesWhatItCannotCompute(Architecture architecture) throws IOException {
    ConfigJson json = json(architecture, 2, "gelu");
    assertThatThrownBy(() -> architecture.read(json))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("hidden_act: \"gelu\" (expected: silu), ");
  }

  @Test
  void noTwoHaveOneNameAndNoTwoLanguageModelsOneType() {
    assertThat(architectures().map(Architecture::name)).doesNotHaveDuplicates();
    assertThat(
            architectures()
                .filter(each -> each.name().endsWith("ForCausalLM"))
                .map(Architecture::modelType))
        .isNotEmpty()
        .doesNotHaveDuplicates();
  }

  @Test
  void theDocumentQuotesTheTestedFile() throws IOException {
    assertThat(Files.readString(Path.of("../docs/adding.md")))
        .contains("```java\n" + Files.readString(EXAMPLE) + "```\n");
  }

  private ConfigJson json(Architecture architecture, int layers, String activation)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("config.json"),
            String.format(
                "{\"architectures\": [\"%s\"], \"vocab_size\": 320, \"hidden_size\": 48,"
                    + " \"num_hidden_layers\": %d, \"num_attention_heads\": 4,"
                    + " \"num_key_value_heads\": 2, \"head_dim\": 12,"
                    + " \"intermediate_size\": 88,"
                    + " \"hidden_act\": \"%s\", \"num_labels\": 1}",
                architecture.name(), layers, activation));
    return ConfigJson.open(file);
  }
}
