package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.tokens.TokenizerJson;
import dev.kelpie.model.tokens.TokenizerProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tokenizer files that are accepted do not end the process, and give added tokens the ids that
 * Kelpie computes for them. Those that need {@link TokenizerProbe} are only read: each costs a
 * process.
 */
class TokenizerFuzzTest {
  /** Between the text of tokenizer.json, tokenizer_config.json and special_tokens_map.json. */
  private static final String BORDER = "\n%%\n";

  private static final List<String> FILES =
      List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");

  @Test
  void givesIdsAsComputedOrRefuses(@TempDir Path folder) throws InterruptedException {
    String vocabulary =
        "{\"<unk>\":0,\"<s>\":1,\"a\":2,\"b\":3,\" \":4,\"<\":5,\">\":6,\"ab\":7,\"\u0120\":8}";
    String bpe =
        "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":["
            + added(0, "<unk>")
            + ","
            + added(9, "<think>")
            + "],\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
            + "{\"type\":\"Replace\",\"pattern\":{\"String\":\"b\"},\"content\":\"a\"}]},"
            + "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
            + "\"trim_offsets\":true,\"use_regex\":true},\"post_processor\":{\"type\":"
            + "\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},"
            + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[{\"Sequence\":{\"id\":\"A\","
            + "\"type_id\":0}},{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],\"special_tokens\":"
            + "{\"<s>\":{\"id\":\"<s>\",\"ids\":[1],\"tokens\":[\"<s>\"]}}},\"decoder\":{\"type\":"
            + "\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true},"
            + "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":\"<unk>\","
            + "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,\"fuse_unk\":false,"
            + "\"byte_fallback\":false,\"ignore_merges\":false,\"vocab\":"
            + vocabulary
            + ",\"merges\":[\"a b\"]}}";
    String words =
        "{\"added_tokens\":[],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"Metaspace\","
            + "\"replacement\":\"_\",\"prepend_scheme\":\"first\",\"split\":true},\"post_processor\":"
            + "null,\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\""
            + " \",\"start\":1,\"stop\":0}]},\"model\":{\"type\":\"Unigram\","
            + "\"unk_id\":0,\"vocab\":[[\"<unk>\",0.0],[\"a\",-1.5],[\"_\",-2.0]],"
            + "\"byte_fallback\":false}}";
    String config =
        "{\"tokenizer_class\":\"PreTrainedTokenizerFast\",\"eos_token\":\"<end>\",\"pad_token\":"
            + "{\"__type\":\"AddedToken\",\"content\":\"<pad>\",\"lstrip\":true,\"normalized\":false},"
            + "\"additional_special_tokens\":[\"<x>\"],\"add_prefix_space\":true";
    String decoder = ",\"added_tokens_decoder\":{\"0\":{\"content\":\"<unk>\",\"special\":true}}}";
    new Fuzz(
            List.of(
                bytes(bpe + BORDER + config + "}"),
                bytes(bpe + BORDER + config + decoder),
                bytes(words + BORDER + config + "}" + BORDER + "{\"bos_token\":\"<s>\"}")),
            List.of(
                "LlamaTokenizer",
                "Qwen2Tokenizer",
                "GPT2Tokenizer",
                "\"legacy\":true,",
                added(4, "ab"),
                "{\"type\":\"NFKD\"}",
                "\"Lowercase\"",
                "\"normalized\":true",
                "null",
                "[",
                "{",
                "\\ud83d",
                "\"",
                ",",
                "\u0000",
                "\u00c4",
                BORDER))
        .run(input -> check(folder, input), CheckpointException.class);
  }

  private static String added(int id, String content) {
    return "{\"id\":"
        + id
        + ",\"content\":\""
        + content
        + "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,"
        + "\"special\":true}";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void check(Path folder, byte[] input) throws IOException {
    String[] parts = new String(input, StandardCharsets.ISO_8859_1).split(BORDER, -1);
    for (int i = 0; i < FILES.size(); i++) {
      Path file = folder.resolve(FILES.get(i));
      Files.deleteIfExists(file);
      if (i < parts.length) {
        Files.write(file, parts[i].getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    TokenizerJson files = TokenizerJson.open(folder);
    if (TokenizerProbe.isNeeded(files.json())) {
      return;
    }
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(files.vocabularySize());
      for (JsonNode token : files.json().path("added_tokens")) {
        String content = token.path("content").asText();
        if (!token.path("normalized").asBoolean() && isWhole(content)) {
          assertThat(encode(tokenizer, content).toArray())
              .as("added token %s", token)
              .containsExactly(token.path("id").asInt());
        }
      }
      for (String text :
          List.of("", "ab <think> a", "a".repeat(300) + "!", "\u0000 \u00e9 \ud83d\udc15")) {
        for (int id : encode(tokenizer, text).toArray()) {
          assertThat(id).isBetween(0, files.vocabularySize() - 1);
        }
      }
    }
  }

  /** Half a surrogate pair in a file becomes a replacement character in the library. */
  private static boolean isWhole(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /** An error that the library reports, such as a character that it has no token for, is fine. */
  private static TokenIds encode(Tokenizer tokenizer, String text) {
    try {
      TokenIds ids = tokenizer.encode(text, false);
      tokenizer.decode(ids, true);
      return ids;
    } catch (RuntimeException e) {
      if (String.valueOf(e.getMessage()).contains("rror")
          || String.valueOf(e.getMessage()).contains("unk")) {
        return TokenIds.empty();
      }
      throw e;
    }
  }
}
