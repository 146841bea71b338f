package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final String NORM = "model.norm.weight";

  private final Path folder;
  private final SafetensorsBuilder builder = new SafetensorsBuilder();

  CheckpointTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** A complete checkpoint of one layer; each test spoils it. */
  @BeforeEach
  void writeConfiguration() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\": [\"LlamaForCausalLM\"], \"vocab_size\": 5, \"hidden_size\": 4,"
            + " \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"intermediate_size\": 6,"
            + " \"tie_word_embeddings\": true, \"torch_dtype\": \"bfloat16\"}");
    ModelConfig.open(folder).parameters().forEach((name, shape) -> builder.put(name, "F32", shape));
  }

  @Test
  void readsEveryReferenceCheckpointInChunks() {
    for (String name : List.of("llama-gqa", "llama-bf16", "llama-sharded", "qwen2", "smollm3")) {
      try (Checkpoint checkpoint = Checkpoint.open(ParityFixtures.own(name))) {
        assertThat(checkpoint.tensors())
            .isSortedAccordingTo(Comparator.comparing(Tensor::name))
            .hasSize(checkpoint.config().parameters().size());
        for (Tensor tensor : checkpoint.tensors()) {
          assertThat(bytes(checkpoint, tensor, 64)).isEqualTo(bytes(checkpoint, tensor, 1 << 20));
          assertThat(bytes(checkpoint, tensor, 64)).hasSize((int) tensor.bytes());
        }
      }
    }
  }

  @Test
  void namesWhatIsMissing() throws IOException {
    builder.remove(NORM);
    refuses(folder + ": " + NORM + ": missing (expected: [4] by config.json)");
  }

  @Test
  void namesWhatTheConfigurationDoesNotKnow() throws IOException {
    builder.put("extra.weight", "F32", List.of(5L, 4L));
    refuses("extra.weight: not a parameter of LlamaForCausalLM by config.json");
    builder.remove("extra.weight");
    builder.put("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", List.of(1L));
    write();
    Checkpoint.open(folder).close();
  }

  @Test
  void namesAWrongShapeOrType() throws IOException {
    builder.put(NORM, "F32", List.of(5L));
    refuses("model.safetensors: " + NORM + ": shape [5] (expected: [4] by config.json)");
    builder.put(NORM, "F64", List.of(4L));
    refuses(NORM + ": dtype F64 (expected: F32, BF16 or F16)");
    builder.put(NORM, "F3", List.of(4L));
    refuses(NORM + ": dtype \"F3\" (expected: a type of safetensors)");
  }

  @Test
  void namesTheTensorWhereTheFileEnds() throws IOException {
    byte[] whole = builder.build();
    Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, whole.length - 3));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining(NORM + ": truncated, the file ends 3 bytes before it");
    Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, whole.length + 3));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("3 bytes behind the last tensor");
  }

  @Test
  void refusesHeadersThatCannotBe() throws IOException {
    refuses("5 bytes (expected: a safetensors file, at least 8)", new byte[5]);
    refuses("a header of 18446744073709551615 bytes in a file of 16", header(-1, "{}"));
    refuses("a header of 99 bytes in a file of 16", header(99, "{}"));
    refuses("broken header: ", header(3, "{x}"));
    refuses("header is not a JSON object", header(2, "[]"));
    refuses("Duplicate field 'a'", header(-2, "{\"a\": {}, \"a\": {}}"));
  }

  @Test
  void refusesOverlapsGapsAndWrongLengths() throws IOException {
    String first = "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}, ";
    String b = "\"b\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": ";
    refuses("b: starts inside another tensor", header(-2, first + b + "[4, 12]}}"));
    refuses("b: 4 unused bytes before it", header(-2, first + b + "[12, 20]}}"));
    refuses("b: 4 bytes (expected: 8 for F32 [2])", header(-2, first + b + "[8, 12]}}"));
    refuses("b: data_offsets [12, 8]", header(-2, first + b + "[12, 8]}}"));
    refuses("b: data_offsets [-8,0] (expected: whole", header(-2, first + b + "[-8, 0]}}"));
    String huge = "{\"a\": {\"dtype\": \"F32\", \"shape\": [9007199254740992, 9007199254740992],";
    refuses("a: shape [9007", header(-2, huge + " \"data_offsets\": [0, 8]}}"));
  }

  @Test
  void refusesPicklesByName() throws IOException {
    Files.write(folder.resolve("pytorch_model.bin"), new byte[8]);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("no model.safetensors or model.safetensors.index.json")
        .hasMessageContaining("found pytorch_model.bin, which is pickled code");
  }

  @Test
  void namesAMissingShard() throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\": {\"" + NORM + "\": \"one.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("one.safetensors: missing (expected: it holds " + NORM);
    Files.write(folder.resolve("one.safetensors"), builder.build());
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("one.safetensors: model.embed_tokens.weight: not listed by");
    Files.writeString(index, "{\"weight_map\": {\"" + NORM + "\": \"../one.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("\"../one.safetensors\" (expected: the name of a .safetensors file");
  }

  @Test
  void letsGoOfItsFiles() throws IOException {
    write();
    Checkpoint checkpoint = Checkpoint.open(folder);
    checkpoint.close();
    assertThatThrownBy(() -> bytes(checkpoint, checkpoint.tensors().get(0), 64))
        .isInstanceOf(CheckpointException.class);
  }

  @Test
  void writesWhatItReadsWithTheRestOfTheFolder(@TempDir Path target) throws IOException {
    write();
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    Files.writeString(target.resolve("model-00001-of-00002.safetensors"), "old");
    try (Checkpoint source = Checkpoint.open(folder)) {
      Checkpoint.write(target, source, "F32", folder);
      assertSame(source, target);
      assertThat(names(target))
          .containsExactly("config.json", "model.safetensors", "tokenizer.json");
      assertThat(Files.readString(target.resolve("config.json")))
          .contains("\"torch_dtype\" : \"float32\"");
    }
  }

  @Test
  void spreadsLargeModelsOverShards(@TempDir Path target) throws IOException {
    write();
    try (Checkpoint source = Checkpoint.open(folder)) {
      new CheckpointWriter(target, "F32", 200).write(source, folder);
      assertSame(source, target);
      assertThat(names(target))
          .contains("model-00001-of-00004.safetensors", "model.safetensors.index.json");
      JsonNode index =
          new ObjectMapper().readTree(target.resolve("model.safetensors.index.json").toFile());
      long total = source.tensors().stream().mapToLong(Tensor::bytes).sum();
      assertThat(index.get("metadata").get("total_size").asLong()).isEqualTo(total);
    }
  }

  @Test
  void roundsToTheTypeThatIsAskedFor(@TempDir Path target) throws IOException {
    write();
    try (Checkpoint source = Checkpoint.open(folder)) {
      Checkpoint.write(target, source, "BF16", folder);
    }
    try (Checkpoint half = Checkpoint.open(target)) {
      assertThat(half.tensors()).allMatch(tensor -> tensor.dtype().equals("BF16"));
    }
    assertThatThrownBy(() -> Checkpoint.write(target, Checkpoint.open(target), "F8", folder))
        .hasMessage("dtype: F8 (expected: F32, BF16 or F16)");
  }

  private void refuses(String message) throws IOException {
    refuses(message, builder.build());
  }

  private void refuses(String message, byte[] file) throws IOException {
    Files.write(folder.resolve("model.safetensors"), file);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  /** {@code bytes} -2 stands for the length of {@code json}. */
  private static byte[] header(long bytes, String json) {
    long length = bytes == -2 ? json.length() : bytes;
    return SafetensorsBuilder.file(length, json, new byte[bytes == -2 ? 20 : 8 - json.length()]);
  }

  private void write() throws IOException {
    Files.write(folder.resolve("model.safetensors"), builder.build());
  }

  private static void assertSame(WeightSnapshot source, Path target) {
    try (Checkpoint copy = Checkpoint.open(target)) {
      assertThat(copy.tensors()).isEqualTo(source.tensors());
      for (Tensor tensor : copy.tensors()) {
        assertThat(bytes(copy, tensor, 64)).isEqualTo(bytes(source, tensor, 64));
      }
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static byte[] bytes(WeightSnapshot weights, Tensor tensor, int chunkBytes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    weights.read(
        tensor,
        chunkBytes,
        chunk -> {
          assertThat(chunk.remaining()).isLessThanOrEqualTo(chunkBytes);
          byte[] copy = new byte[chunk.remaining()];
          chunk.get(copy);
          bytes.writeBytes(copy);
        });
    return bytes.toByteArray();
  }
}
