package dev.kelpie.model.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Variants of the files of a tokenizer, with ids and texts that transformers gives for them: {@code
 * scripts/parity/token_files.py}. Kelpie reads a variant the same, or refuses it by name.
 */
class TokenFilesParityTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code KEY: VALUE (expected: ...), FOLDER/FILE}. */
  private static final Pattern BY_KEY =
      Pattern.compile(
          "(?<key>[\\w.]+): (?<value>.+) \\(expected: .+\\), .*/(?<file>\\w+\\.json)",
          Pattern.DOTALL);

  /** The beginnings of the messages for variants that are refused on purpose. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "model name that overrules",
          "model_name: \"phi3\" (expected: none, because with it transformers does not use",
          "code beside Llama's name for bytes",
          "auto_map.AutoTokenizer: [\"tokenization_own.OwnTokenizer\",null] (expected: none, ",
          "code beside a model type that overrules",
          "auto_map.AutoTokenizer: [\"tokenization_own.OwnTokenizer\",null] (expected: none, ",
          "code beside Mistral",
          "auto_map.AutoTokenizer: [\"tokenization_own.OwnTokenizer\",null] (expected: none, ",
          "a gap in the ids",
          "added_tokens_decoder.707: id 707 for </think> (expected: id 701, which the tokenizer",
          "an id behind the vocabulary",
          "added_tokens_decoder.5700: id 5700 for <think> (expected: id 700, which the tokenizer",
          "the id of another token",
          "added_tokens_decoder.1: id 1 for <think> (expected: id 700, which the tokenizer",
          "class of Python code",
          "tokenizer_class: ByT5Tokenizer (expected: PreTrainedTokenizerFast, LlamaTokenizer,",
          "clean-up, Unigram",
          "clean_up_tokenization_spaces: true (expected: false), ",
          "split_special_tokens",
          "split_special_tokens: true (expected: false), ");

  @Test
  void readsEveryVariantAsTheReferenceDoesOrRefusesIt(@TempDir Path root) throws IOException {
    Map<String, Integer> outcomes = new TreeMap<>();
    for (JsonNode variant : variants()) {
      String name = variant.get("name").asText();
      Path folder =
          write(variant, Files.createDirectory(root.resolve(name.replaceAll("\\W", "-"))));
      String refusal = "";
      try (Tokenizer tokenizer = Tokenizer.open(folder)) {
        assertThat(variant.path("error").asText()).as(name).isEmpty();
        assertThat(tokenizer.vocabularySize()).as(name).isEqualTo(variant.get("size").asInt());
        variant.get("strings").forEach(string -> check(name, tokenizer, string));
      } catch (CheckpointException e) {
        refusal = String.valueOf(e.getMessage());
      }
      if (!name.startsWith("random")) {
        assertThat(refusal).as(name).startsWith(REFUSED.getOrDefault(name, ""));
        assertThat(refusal.isEmpty()).as(name).isEqualTo(!REFUSED.containsKey(name));
      }
      if (!refusal.isEmpty()) {
        requireName(variant, folder, refusal);
      }
      outcomes.merge(kind(refusal), 1, Integer::sum);
    }
    // Refusing everything would pass the checks above.
    assertThat(outcomes.get("")).as("%s", outcomes).isGreaterThan(200);
  }

  /** A refusal ends with the file, and that file has the key with the value. */
  private static void requireName(JsonNode variant, Path folder, String refusal)
      throws IOException {
    String name = variant.get("name").asText();
    Matcher parts = BY_KEY.matcher(refusal);
    assertThat(refusal).as(name).matches(BY_KEY);
    assertThat(parts.matches()).isTrue();
    Path file = folder.resolve(parts.group("file"));
    assertThat(refusal).as(name).endsWith(", " + file);
    JsonNode at = JSON.readTree(file.toFile());
    String value = parts.group("value");
    String ofToken = value.replaceFirst("^(?:id [0-9]+|true) for (?:the added token )?", "");
    String key = parts.group("key");
    if (key.equals("normalized")) {
      assertThat(allTokens(folder)).as("%s: %s", name, refusal).contains(ofToken);
      return;
    }
    for (String part : key.split("\\.", -1)) {
      at = at.path(part);
    }
    if (key.startsWith("added_tokens_decoder.")) {
      assertThat(value).as(name).startsWith("id " + key.replaceFirst(".*\\.", "") + " for ");
      assertThat(at.path("content").asText()).as(name).isEqualTo(ofToken);
    } else {
      assertThat(at.isMissingNode()).as("%s: %s", name, refusal).isFalse();
      assertThat(value).as(name).isIn(at.asText(), at.toString());
    }
  }

  /** All files of the folder that name tokens, as text of JSON. */
  private static String allTokens(Path folder) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String file : List.of("tokenizer_config.json", "added_tokens.json", "tokenizer.json")) {
      if (Files.exists(folder.resolve(file))) {
        all.append(JSON.readTree(folder.resolve(file).toFile()));
      }
    }
    return all.toString();
  }

  private static String kind(String refusal) {
    return refusal.replaceAll("[:.].*", "");
  }

  private static void check(String name, Tokenizer tokenizer, JsonNode string) {
    String text = string.get("text").asText();
    TokenIds plain = tokenizer.encode(text, false);
    assertThat(plain).as("%s: %s", name, text).isEqualTo(ids(string.get("plain")));
    assertThat(tokenizer.encode(text, true))
        .as("%s: %s", name, text)
        .isEqualTo(ids(string.get("ids")));
    assertThat(tokenizer.decode(plain, true))
        .as("%s: %s", name, text)
        .isEqualTo(string.get("decoded").asText());
    assertThat(tokenizer.decode(plain, false))
        .as("%s: %s", name, text)
        .isEqualTo(string.get("with_specials").asText());
  }

  private static JsonNode variants() throws IOException {
    try (InputStream in =
        new GZIPInputStream(
            Files.newInputStream(Path.of("src/test/resources/tokens/variants.json.gz")))) {
      return JSON.readTree(in);
    }
  }

  private static Path write(JsonNode variant, Path folder) throws IOException {
    Path base = ParityFixtures.own("tokenizers").resolve(variant.get("base").asText());
    Files.copy(base.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    Files.writeString(folder.resolve("config.json"), variant.get("config").toString());
    for (Map.Entry<String, JsonNode> file : variant.get("files").properties()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue().toString());
    }
    return folder;
  }

  private static TokenIds ids(JsonNode list) {
    return TokenIds.of(
        IntStream.range(0, list.size()).map(index -> list.get(index).asInt()).toArray());
  }
}
