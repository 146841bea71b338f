package dev.kelpie.model.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that end the process, or keep it busy, when the tokenizer library reads or uses them. */
class TokenizerProbeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  TokenizerProbeTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void namesAnExpressionThatEndsTheProcess() throws IOException {
    // Tries 2^200 ways to split 200 letters; the library gives up and ends the process.
    write("pre_tokenizer", split("(a+)+$"));
    refuses("tokenizer.json: the tokenizer library ended the process (signal 6) (expected: ");
  }

  @Test
  void namesATableThatEndsTheProcess() throws IOException {
    write("normalizer", "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}");
    refuses("tokenizer.json: the tokenizer library ended the process (signal 6) (expected: ");
  }

  @Test
  void namesADecoderThatEndsTheProcess() throws IOException {
    write("decoder", "{\"type\": \"Strip\", \"content\": \"a\", \"start\": 100, \"stop\": 100}");
    refuses("tokenizer.json: the tokenizer library ended the process (signal 6) (expected: ");
  }

  @Test
  void namesStepsThatDoNotEnd() throws IOException {
    // Each step doubles the bytes of a character that is not ASCII: 2^40 of them.
    String step =
        "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true,"
            + " \"use_regex\": false}";
    write(
        "pre_tokenizer",
        "{\"type\": \"Sequence\", \"pretokenizers\": ["
            + String.join(", ", Collections.nCopies(40, step))
            + "]}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .hasMessageMatching(
            "tokenizer.json: the tokenizer library (does not end|ended the process) .*");
  }

  @Test
  void costsNothingForTheShippedTokenizer() throws IOException {
    Path shipped = Path.of("..", "configs", "quickstart", "policy", "tokenizer.json");
    assertThat(PlainPipeline.isPlain(JSON.readTree(shipped.toFile()))).isTrue();
  }

  @Test
  void opensWhatItDoesNotKnowWhenNothingHappens() throws IOException {
    write("pre_tokenizer", split("a|b+"));
    assertThat(PlainPipeline.isPlain(JSON.readTree(folder.resolve("tokenizer.json").toFile())))
        .isFalse();
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.encode("aab", false).toArray()).containsExactly(0, 0, 1);
    }
  }

  @Test
  void loadsTheLibraryFromTheSamePlace() {
    Properties properties = new Properties();
    properties.setProperty("DJL_CACHE_DIR", "/own/cache");
    properties.setProperty("java.io.tmpdir", "/own/temporary");
    properties.setProperty("jna.tmpdir", "/own/jna");
    properties.setProperty("user.home", "/own");
    assertThat(TokenizerProbe.command(properties))
        .contains(
            "-DDJL_CACHE_DIR=/own/cache",
            "-Djava.io.tmpdir=/own/temporary",
            "-Djna.tmpdir=/own/jna",
            "-Duser.home=/own")
        .noneMatch(option -> option.startsWith("-DENGINE_CACHE_DIR"));
  }

  @Test
  void knowsTheUsualPipelines() throws IOException {
    for (String name :
        List.of(
            "bytelevel-gpt2",
            "bytelevel-llama3",
            "bytelevel-qwen",
            "bytelevel-smollm",
            "metaspace-bpe",
            "metaspace-bpe-legacy",
            "unigram",
            "wordpiece")) {
      Path file = ParityFixtures.own("tokenizers").resolve(name).resolve("tokenizer.json");
      assertThat(PlainPipeline.isPlain(JSON.readTree(file.toFile()))).as(name).isTrue();
    }
  }

  private static String split(String expression) throws IOException {
    return "{\"type\": \"Split\", \"pattern\": {\"Regex\": "
        + JSON.writeValueAsString(expression)
        + "}, \"behavior\": \"Isolated\", \"invert\": false}";
  }

  private void write(String part, String value) throws IOException {
    String plain =
        "{\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [],"
            + " \"normalizer\": null, \"pre_tokenizer\": null, \"post_processor\": null,"
            + " \"decoder\": null, \"model\": {\"type\": \"BPE\", \"dropout\": null,"
            + " \"unk_token\": null, \"continuing_subword_prefix\": null,"
            + " \"end_of_word_suffix\": null, \"fuse_unk\": false, \"byte_fallback\": false,"
            + " \"vocab\": {\"a\": 0, \"b\": 1, \"!\": 2}, \"merges\": []}}";
    ObjectNode json = (ObjectNode) JSON.readTree(plain);
    json.set(part, JSON.readTree(value));
    Files.writeString(folder.resolve("tokenizer.json"), json.toString());
  }

  private void refuses(String message) {
    assertThatThrownBy(() -> Tokenizer.open(folder)).hasMessageStartingWith(message);
  }
}
