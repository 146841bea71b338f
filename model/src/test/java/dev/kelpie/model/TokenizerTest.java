package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(ParityTally.class)
class TokenizerTest {
  static List<Path> tokenizers() throws IOException {
    try (Stream<Path> folders = Files.list(ParityFixtures.folder("tokenizers"))) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("tokenizers")
  void encodesAndDecodesAsTheReferenceDoes(Path folder) throws IOException {
    JsonNode expected = ParityFixtures.expected(folder);
    String name = folder.getFileName().toString();
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(expected.get("vocab_size").asInt());
      assertThat(expected.get("strings")).isNotEmpty();
      for (JsonNode string : expected.get("strings")) {
        check(name, tokenizer, string);
      }
      for (JsonNode odd : expected.get("decode_only")) {
        checkDecoded(name + " " + odd, tokenizer, ids(odd.get("ids")), odd);
      }
    }
  }

  @Test
  void switchesPaddingAndTruncationOfTheFileOff(@TempDir Path folder) throws IOException {
    write(
        folder,
        "\"truncation\": {\"max_length\": 2, \"stride\": 0, \"strategy\": \"LongestFirst\","
            + " \"direction\": \"Right\"}, \"padding\": {\"strategy\": {\"Fixed\": 8},"
            + " \"direction\": \"Right\", \"pad_id\": 0, \"pad_type_id\": 0, \"pad_token\": \"a\","
            + " \"pad_to_multiple_of\": null}");
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.encode("a b a b", true).toArray()).containsExactly(0, 1, 0, 1);
    }
  }

  @Test
  void refusesIdsWithoutARowInTheModel(@TempDir Path folder) throws IOException {
    write(folder, "\"padding\": null");
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{\"vocab_size\": 1}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .hasMessage("vocab_size: 1 (expected: at least 2, the ids of tokenizer.json), " + config);
    Files.writeString(config, "{\"vocab_size\": 9}");
    Tokenizer.open(folder).close();
  }

  @Test
  void saysWhatIsWrongWithItsFile(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> Tokenizer.open(folder)).hasMessageStartingWith("tokenizer.json: miss");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"type\": \"Nonsense\"}}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageEndingWith("tokenizer.json");
  }

  @Test
  void refusesHalfOfASurrogatePair(@TempDir Path folder) throws IOException {
    write(folder, "\"padding\": null");
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.encode("a \ud83d\udc15 b", false).length()).isEqualTo(3);
      assertThatThrownBy(() -> tokenizer.encode("a \ud83d b", false))
          .hasMessage(
              "text: half of a surrogate pair, \\ud83d, at character 2 (expected: whole"
                  + " characters)");
      assertThatThrownBy(() -> tokenizer.encode("\udc15\ud83d", true))
          .hasMessageStartingWith("text: half of a surrogate pair, \\udc15, at character 0");
    }
  }

  @Test
  void streamsOnlyCompleteCharacters() {
    Path folder = ParityFixtures.own("tokenizers").resolve("bytelevel-gpt2");
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      String text = "naïve 🐕 Zürich 日本";
      TokenIds ids = tokenizer.encode(text, false);
      TextStream stream = new TextStream(tokenizer);
      StringBuilder streamed = new StringBuilder();
      for (int id : ids.toArray()) {
        String piece = stream.add(id);
        assertThat(piece).doesNotContain("\ufffd");
        streamed.append(piece);
      }
      assertThat(streamed + stream.finish()).isEqualTo(text);
      // A response cut inside a character ends in the replacement character, once.
      TextStream cut = new TextStream(tokenizer);
      TokenIds dog = tokenizer.encode("🐕", false);
      assertThat(cut.add(dog.get(0))).isEmpty();
      assertThat(cut.finish()).isEqualTo("\ufffd");
    }
  }

  private static void check(String name, Tokenizer tokenizer, JsonNode string) {
    String text = string.get("text").asText();
    String what = name + " " + string.get("text");
    TokenIds plain = tokenizer.encode(text, false);
    assertThat(plain).as(what).isEqualTo(ids(string.get("ids_plain")));
    TokenIds full = tokenizer.encode(text, true);
    assertThat(full).as(what).isEqualTo(ids(string.get("ids")));
    checkDecoded(what, tokenizer, full, string);
  }

  private static void checkDecoded(
      String what, Tokenizer tokenizer, TokenIds ids, JsonNode expected) {
    assertThat(tokenizer.decode(ids, true)).as(what).isEqualTo(expected.get("decoded").asText());
    assertThat(tokenizer.decode(ids, false))
        .as(what)
        .isEqualTo(expected.get("decoded_with_specials").asText());
  }

  private static TokenIds ids(JsonNode list) {
    return TokenIds.of(
        IntStream.range(0, list.size()).map(index -> list.get(index).asInt()).toArray());
  }

  private static void write(Path folder, String more) throws IOException {
    List<String> lines =
        List.of(
            "{\"version\": \"1.0\", \"added_tokens\": [], \"normalizer\": null,",
            "\"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"post_processor\": null,",
            "\"decoder\": null, \"model\": {\"type\": \"WordLevel\", \"unk_token\": \"a\",",
            "\"vocab\": {\"a\": 0, \"b\": 1}},",
            more + "}");
    Files.write(folder.resolve("tokenizer.json"), lines);
  }
}
