package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.tokens.TokenizerJson;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bounds of the files of a model, which are checked before something of their size is allocated.
 */
class ModelFileLimitsTest {
  private static final String TOKENS =
      "{\"added_tokens\": [%s], \"normalizer\": %s, \"pre_tokenizer\": %s, \"model\":"
          + " {\"type\": \"WordLevel\", \"unk_token\": \"a\", \"vocab\": {\"a\": %s}}}";

  private final Path folder;

  ModelFileLimitsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void boundsTheSizesOfAModel() throws IOException {
    config("num_hidden_layers", 1_000_000_000);
    refuses(this::model, "num_hidden_layers: 1000000000 (expected: 1 to 10000), ");
    config("num_hidden_layers", 0);
    refuses(this::model, "num_hidden_layers: 0 (expected: 1 to 10000), ");
    config("vocab_size", 1 << 30);
    refuses(this::model, "vocab_size: 1073741824 (expected: at most 4194304), ");
    config("hidden_size", 1 << 30);
    refuses(this::model, "hidden_size: 1073741824 (expected: at most 131072), ");
    config("intermediate_size", 1 << 30);
    refuses(this::model, "intermediate_size: 1073741824 (expected: at most 1048576), ");
    config("num_attention_heads", 1 << 20);
    refuses(this::model, "num_attention_heads: ");
  }

  @Test
  void boundsNestingAndSizeOfSettings() throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{\"a\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}");
    refuses(this::model, "config.json: nested too deeply, or a number or text that is too long");
    try (RandomAccessFile holes = new RandomAccessFile(config.toFile(), "rw")) {
      holes.setLength(1L << 40);
    }
    refuses(this::model, "config.json: more than 16777216 bytes (expected: at most that), ");
  }

  @Test
  void showsMessagesOfAnyTextAsOneShortLine() {
    assertThat(new CheckpointException("a \n\t b\u202ec\u200bd\u001be")).hasMessage("a b?c?d?e");
    assertThat(new CheckpointException(" ".repeat(10_000_000) + "end").getMessage())
        .hasSizeLessThan(1300)
        .endsWith("end");
  }

  @Test
  void boundsTheNumberOfValues() throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{\"a\": [" + "{},".repeat(600_000) + "{}]}");
    refuses(this::model, "config.json: too many names, values and brackets (expected: fewer), ");
  }

  @Test
  void boundsTheIdsThatAPostProcessorWrites() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    String tokens = TOKENS.formatted("", "null", "null", "0");
    String template =
        tokens.replace(
            "\"model\"",
            "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\":"
                + " {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {\"a\":"
                + " {\"id\": \"a\", \"ids\": [%s], \"tokens\": [\"a\"]}}}, \"model\"");
    Files.writeString(file, template.replace("%s", "77"));
    assertThat(TokenizerJson.open(folder).vocabularySize()).isEqualTo(78);
    Files.writeString(file, template.replace("%s", "4294967295"));
    refuses(
        () -> TokenizerJson.open(folder),
        "post_processor.ids: 4294967295 (expected: an id below 1048576), ");
    Files.writeString(
        file,
        tokens.replace(
            "\"model\"",
            "\"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"a\", 5], \"cls\":"
                + " [\"a\", 9]}, \"model\""));
    assertThat(TokenizerJson.open(folder).vocabularySize()).isEqualTo(10);
  }

  @Test
  void opensOnlyFilesOfTheFolder(@TempDir Path elsewhere) throws Exception {
    Path secret = Files.writeString(elsewhere.resolve("secret.json"), "{\"vocab_size\": 7}");
    Files.createSymbolicLink(folder.resolve("config.json"), secret);
    refuses(this::model, "config.json: a link that leads out of ");
    Files.delete(folder.resolve("config.json"));
    int code =
        new ProcessBuilder("mkfifo", folder.resolve("config.json").toString()).start().waitFor();
    assertThat(code).isZero();
    refuses(this::model, "config.json: a pipe, socket or device (expected: a regular file), ");
    Path weights = folder.resolve("model.safetensors");
    Files.createSymbolicLink(weights, secret);
    refuses(() -> SafetensorsFile.open(weights), weights + ": a link that leads out of ");
  }

  @Test
  void boundsTheTokenizer() throws IOException {
    tokens("", "null", "null", "1048576");
    refuses(this::tokenizer, "model.vocab.a: 1048576 (expected: an id below 1048576), ");
    tokens("", "null", "null", "-1");
    refuses(this::tokenizer, "model.vocab.a: -1 (expected: an id), ");
    tokens("{\"id\": 4294967296, \"content\": \"b\"}", "null", "null", "0");
    refuses(this::tokenizer, "added_tokens.0.id: 4294967296 (expected: an id), ");
    String many = String.join(", ", Collections.nCopies(40_000, "{\"id\": 1, \"content\": \"b\"}"));
    tokens(many, "null", "null", "0");
    refuses(this::tokenizer, "added_tokens: 40000 tokens (expected: at most 32768), ");
    String pattern = "{\"Regex\": \"" + "a?".repeat(1000) + "\"}";
    tokens("", "null", "{\"type\": \"Split\", \"pattern\": " + pattern + "}", "0");
    refuses(
        this::tokenizer, "pre_tokenizer.pattern.Regex: 2000 characters (expected: at most 1024), ");
    String step =
        "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aaaa\"}";
    tokens("", sequence(Collections.nCopies(4, step)), "null", "0");
    refuses(
        this::tokenizer,
        "normalizer.normalizers.3: texts that together grow by a factor of 256.0 (expected: at");
    tokens("", sequence(Collections.nCopies(64, "{\"type\": \"NFC\"}")), "null", "0");
    refuses(this::tokenizer, "normalizer.normalizers.63: step 65 (expected: at most 64 steps), ");
  }

  @Test
  void boundsTheHeaderOfWeights() throws IOException {
    Path weights = folder.resolve("model.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.write(new byte[] {0, 0, 0, 64, 0, 0, 0, 0}); // little-endian: 2^30
      file.setLength(1L << 31);
    }
    refuses(
        () -> SafetensorsFile.open(weights),
        weights + ": a header of 1073741824 bytes (expected: at most 16 MiB)");
    try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.write(new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
    }
    refuses(
        () -> SafetensorsFile.open(weights),
        weights + ": 2147483648 bytes, though its disk has stored only ");
    Files.delete(weights);
    String tensor = "{\"a\": {\"dtype\": \"F32\", \"shape\": [%s], \"data_offsets\": [0, 4]}}";
    header(weights, tensor.formatted("1" + ", 1".repeat(99)));
    refuses(() -> SafetensorsFile.open(weights), weights + ": a: shape [1,1,1,1,");
    // 2^64 + 1: its low 64 bits are 1.
    header(weights, tensor.formatted("18446744073709551617"));
    refuses(() -> SafetensorsFile.open(weights), weights + ": a: shape [18446744073709551617]");
  }

  private static void header(Path file, String json) throws IOException {
    Files.write(file, SafetensorsBuilder.file(json.length(), json, new byte[4]));
  }

  private static String sequence(Iterable<String> steps) {
    return "{\"type\": \"Sequence\", \"normalizers\": [" + String.join(", ", steps) + "]}";
  }

  private void config(String key, int value) throws IOException {
    String json =
        "{\"architectures\": [\"LlamaForCausalLM\"], \"vocab_size\": 5, \"hidden_size\": 4,"
            + " \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"intermediate_size\": 6}";
    Files.writeString(
        folder.resolve("config.json"),
        json.replaceFirst("\"" + key + "\": \\d+", "\"" + key + "\": " + value));
  }

  private void tokens(String added, String normalizer, String preTokenizer, String id)
      throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.json"), TOKENS.formatted(added, normalizer, preTokenizer, id));
  }

  private void model() {
    ModelConfig.open(folder);
  }

  private void tokenizer() {
    Tokenizer.open(folder).close();
  }

  private static void refuses(ThrowingCallable reader, String message) {
    assertThatThrownBy(reader)
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(message)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(700));
  }
}
