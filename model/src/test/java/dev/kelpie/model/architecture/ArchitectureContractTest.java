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
  private static final String LAYER = "(model\\.layers|transformer\\.h)\\.";
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
    assertThat(config.keyValueHeads()).isEqualTo(isGpt2(architecture) ? 4 : 2);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void namesEachParameterOfEachLayer(Architecture architecture) throws IOException {
    ModelConfig config = architecture.read(json(architecture, 2, "silu"));
    Map<String, List<Long>> two = architecture.parameters(config);
    Map<String, List<Long>> three =
        architecture.parameters(architecture.read(json(architecture, 3, "silu")));
    DecoderNames names = architecture.names(config);
    assertThat(two).containsEntry(names.embedding() + ".weight", List.of(320L, 48L));
    // heads of 12 channels: 4 of queries, 2 of keys, 2 of values; GPT-2 has 4 of each
    long outputs =
        names.layers().get(0).queryKeyValue().stream()
            .map(name -> two.getOrDefault(name + ".weight", List.of()))
            .mapToLong(shape -> shape.get(names.transposed() ? 1 : 0))
            .sum();
    assertThat(outputs).isEqualTo(isGpt2(architecture) ? 144 : 96);
    Map<String, List<Long>> added = new HashMap<>(three);
    added.keySet().removeAll(two.keySet());
    assertThat(added.keySet()).allMatch(name -> name.matches(LAYER + "2\\..+"));
    added.forEach(
        (name, shape) -> assertThat(two).containsEntry(name.replaceFirst("\\.2\\.", ".1."), shape));
    assertThat(added)
        .hasSize(
            (int) two.keySet().stream().filter(name -> name.matches(LAYER + "1\\..+")).count());
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void refusesWhatItCannotCompute(Architecture architecture) throws IOException {
    ConfigJson json = json(architecture, 2, "relu");
    assertThatThrownBy(() -> architecture.read(json))
        .isInstanceOf(CheckpointException.class)
        .hasMessageMatching(
            "(hidden_act|hidden_activation|activation_function): \"relu\""
                + " \\(expected: (silu|gelu_new|gelu_pytorch_tanh)\\), .*");
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

  /** Which has keys and names of its own. */
  private static boolean isGpt2(Architecture architecture) {
    return architecture.modelType().equals("gpt2");
  }

  private ConfigJson json(Architecture architecture, int layers, String activation)
      throws IOException {
    String sizes =
        isGpt2(architecture)
            ? "\"n_embd\": 48, \"n_layer\": %d, \"n_head\": 4, \"n_inner\": 88"
            : "\"hidden_size\": 48, \"num_hidden_layers\": %d, \"num_attention_heads\": 4,"
                + " \"num_key_value_heads\": 2, \"head_dim\": 12, \"intermediate_size\": 88";
    String common =
        String.format(
            "\"architectures\": [\"%s\"], \"vocab_size\": 320, \"num_labels\": 1, ",
            architecture.name());
    String activations =
        activation.equals("silu")
            ? ""
            : ", \"hidden_act\": \"relu\", \"hidden_activation\": \"relu\","
                + " \"activation_function\": \"relu\"";
    Path file =
        Files.writeString(
            folder.resolve("config.json"),
            "{" + common + String.format(sizes, layers) + activations + "}");
    return ConfigJson.open(file);
  }
}
