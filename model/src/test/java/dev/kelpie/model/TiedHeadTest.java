package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An {@code lm_head.weight} beside the embedding: an equal one is the same model as none, as in
 * transformers, which ties the two; of a different one transformers says that it does not tie them.
 */
class TiedHeadTest {
  private static final String TENSOR = "model.embed_tokens.weight";
  private static final List<Long> SHAPE = List.of(41L, 16L);
  private final Path folder;

  TiedHeadTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void leavesOutAHeadThatIsTheEmbedding() throws IOException {
    FormulaWeights weights = model(true);
    weights.put(TiedHead.NAME, SHAPE, TENSOR);
    Files.write(folder.resolve("model.safetensors"), weights.file());
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.tensors())
          .extracting(Tensor::name)
          .contains(TENSOR)
          .doesNotContain(TiedHead.NAME);
    }
    try (CausalLm model = CausalLm.open(folder, Heads.VOCABULARY)) {
      assertThat(model.parameters().values(TENSOR)).hasSize(41 * 16);
    }
  }

  @Test
  void leavesItOutOfAnotherShardToo() throws IOException {
    FormulaWeights one = model(true);
    FormulaWeights two = new FormulaWeights();
    two.put(TiedHead.NAME, SHAPE, TENSOR);
    Files.write(folder.resolve("one.safetensors"), one.file());
    Files.write(folder.resolve("two.safetensors"), two.file());
    StringBuilder map = new StringBuilder("\"lm_head.weight\": \"two.safetensors\"");
    ModelConfig.open(folder)
        .parameters()
        .keySet()
        .forEach(name -> map.append(", \"").append(name).append("\": \"one.safetensors\""));
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + map + "}}");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.tensors()).hasSameSizeAs(checkpoint.config().parameters().keySet());
    }
  }

  @Test
  void refusesAHeadThatDiffersInItsLastNumber() throws IOException {
    FormulaWeights weights = model(true);
    weights.put(TiedHead.NAME, SHAPE, TENSOR);
    byte[] file = weights.file();
    // tensors lie in order of their names, so lm_head.weight comes first: 41 * 16 numbers of 4
    // bytes
    int header = (int) (file.length - bytes(ModelConfig.open(folder)) - 41 * 16 * 4);
    file[header + 41 * 16 * 4 - 1] ^= 1;
    Files.write(folder.resolve("model.safetensors"), file);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors: lm_head.weight: number 655 differs (expected:")
        .hasMessageContaining("model.embed_tokens.weight of model.safetensors")
        .hasMessageContaining("tie_word_embeddings");
  }

  @Test
  void refusesAHeadOfAnotherShape() throws IOException {
    FormulaWeights weights = model(true);
    weights.put(TiedHead.NAME, List.of(40L, 16L), TENSOR);
    Files.write(folder.resolve("model.safetensors"), weights.file());
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("lm_head.weight: shape [40, 16] (expected: [41, 16]");
  }

  @Test
  void refusesAnUntiedModelWithoutItsHead() throws IOException {
    FormulaWeights weights = model(false);
    weights.remove(TiedHead.NAME);
    Files.write(folder.resolve("model.safetensors"), weights.file());
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("lm_head.weight: missing (expected: [41, 16] by config.json)");
  }

  @Test
  void refusesATiedModelWithoutItsEmbedding() throws IOException {
    FormulaWeights weights = model(true);
    weights.remove(TENSOR);
    weights.put(TiedHead.NAME, SHAPE, TENSOR);
    Files.write(folder.resolve("model.safetensors"), weights.file());
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("model.embed_tokens.weight: missing");
  }

  /** The weights that a small Llama calls for; writes its configuration. */
  private FormulaWeights model(boolean tied) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\": [\"LlamaForCausalLM\"], \"vocab_size\": 41, \"hidden_size\": 16,"
            + " \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"intermediate_size\": 24,"
            + " \"tie_word_embeddings\": "
            + tied
            + "}");
    FormulaWeights weights = new FormulaWeights();
    ModelConfig.open(folder).parameters().forEach((name, shape) -> weights.put(name, shape, name));
    return weights;
  }

  private static long bytes(ModelConfig config) {
    return 4 * config.parameterCount();
  }
}
