package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.DataOptions.TooLong;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonlPromptSourceTest {
  private static final DataOptions DATA = data(false, "", "", 9, TooLong.DROP);
  private static final ReadOptions RESPONSES = ReadOptions.DEFAULTS.withResponse("response");

  private static final Optional<ChatTemplate> TEMPLATE =
      Optional.of(
          ChatTemplate.of(
              "chat",
              "{% for m in messages %}{{ m.role[0] + ':' + m.content + ';' }}{% endfor %}"
                  + "{% if add_generation_prompt %}a:{% endif %}",
              Map.of()));

  private final Path folder;
  private final Path file;
  private final Tokenizer tokenizer;

  /** A tokenizer of one token per character, with a first token of its own. */
  JsonlPromptSourceTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.file = folder.resolve("train.jsonl");
    Files.writeString(folder.resolve("tokenizer.json"), CharacterTokenizer.json());
    this.tokenizer = Tokenizer.open(folder);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  @Test
  void readsPromptAnswerAndEverythingElse() throws IOException {
    write("{\"prompt\": \"1+1\", \"answer\": \"So\\n#### 2\", \"level\": 3, \"tags\": [\"a\"]}");
    Prompt prompt = open(DATA).at(0);
    assertThat(prompt.id()).isEqualTo("train.jsonl:1");
    assertThat(prompt.text()).isEqualTo("1+1");
    assertThat(prompt.tokens().toArray()).hasSize(4).startsWith(CharacterTokenizer.FIRST);
    assertThat(prompt.answer()).contains("So\n#### 2");
    assertThat(prompt.metadata()).containsOnly(entry("level", "3"), entry("tags", "[\"a\"]"));
  }

  @Test
  void takesByteOrderMarksCarriageReturnsBlankLinesAndGzip() throws IOException {
    String text =
        "\ufeff{\"prompt\": \"1\", \"answer\": 1}\r\n\r\n{\"prompt\": \"2\", \"answer\": 2}";
    Files.writeString(file, text);
    assertThat(all(open(DATA))).extracting(Prompt::text).containsExactly("1", "2");
    assertThat(open(DATA).inFileOrder(1).id()).isEqualTo("train.jsonl:3");
    Path packed = folder.resolve("train.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(open(packed, DATA, 1).size()).isEqualTo(2);
    Files.writeString(packed, text);
    assertThatThrownBy(() -> open(packed, DATA, 1)).hasMessageContaining("not a gzip file");
  }

  @Test
  void drawsAnotherOrderOnEveryPassAndTheSameForTheSamePosition() throws IOException {
    write(IntStream.range(0, 50).mapToObj(JsonlPromptSourceTest::row).toArray(String[]::new));
    JsonlPromptSource source = open(DATA);
    List<String> first = texts(source, 0, 50);
    List<String> second = texts(source, 50, 100);
    assertThat(first).doesNotHaveDuplicates().hasSize(50).isNotEqualTo(second);
    assertThat(second).containsExactlyInAnyOrderElementsOf(first);
    assertThat(texts(source, 0, 50)).isEqualTo(first);
    assertThat(texts(open(DATA), 50, 100)).isEqualTo(second);
    JsonlPromptSource other = open(file, DATA, 2);
    assertThat(texts(other, 0, 50)).isNotEqualTo(first);
  }

  @Test
  void rendersTextOrMessagesByTheChatTemplate() throws IOException {
    DataOptions data = data(true, "sys", "!", 99, TooLong.DROP);
    write(
        "{\"prompt\": \"hi\", \"answer\": 1, \"sys\": \"be\"}",
        "{\"prompt\": \"hi\", \"answer\": 1, \"sys\": null}",
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\","
            + " \"content\": \"b\"}, {\"role\": \"user\", \"content\": \"c\"}], \"answer\": 1,"
            + " \"sys\": \"be\"}");
    assertThat(all(open(data)))
        .extracting(Prompt::text)
        .containsExactly("s:be;u:hi!;a:", "u:hi!;a:", "s:be;u:a;a:b;u:c!;a:");
    // The template writes the special tokens, so the tokenizer adds none.
    assertThat(open(data).inFileOrder(1).tokens().length()).isEqualTo("u:hi!;a:".length());
  }

  @Test
  void givesTheResponseAsTheTemplateWritesItBehindThePrompt() throws IOException {
    DataOptions data = data(true, "", "", 99, TooLong.DROP);
    write("{\"prompt\": \"hi\", \"answer\": 1, \"response\": \"yes\", \"level\": 3}");
    Prompt learned = JsonlPromptSource.open(file, data, tokenizer, TEMPLATE, 1, RESPONSES).at(0);
    assertThat(learned.text()).isEqualTo("u:hi;a:");
    assertThat(learned.metadata()).containsOnly(entry("response", "yes;"), entry("level", "3"));
    assertThat(open(data).at(0).metadata()).containsEntry("response", "yes");
    DataOptions plain = data(false, "", "", 99, TooLong.DROP);
    Prompt text = JsonlPromptSource.open(file, plain, tokenizer, TEMPLATE, 1, RESPONSES).at(0);
    assertThat(text.metadata()).containsEntry("response", "yes");
  }

  @Test
  void dropsCutsOrRefusesWhatIsTooLong() throws IOException {
    write(row(1), "{\"prompt\": \"123456789\", \"answer\": 1}");
    JsonlPromptSource dropping = open(DATA);
    assertThat(dropping.size()).isEqualTo(1);
    assertThat(dropping.counts()).isEqualTo(new JsonlPromptSource.Counts(2, 1, 0, 0, 0, 0, 0));
    JsonlPromptSource cutting = open(data(false, "", "", 4, TooLong.TRUNCATE_LEFT));
    assertThat(cutting.inFileOrder(1).text()).isEqualTo("6789");
    assertThat(cutting.counts()).isEqualTo(new JsonlPromptSource.Counts(2, 0, 1, 0, 0, 0, 0));
    assertRefused(
        data(false, "", "", 9, TooLong.ERROR),
        "data.max-prompt-tokens: 9 (expected: at least 10 for the prompt at " + file + ":2)");
    assertRefused(
        data(false, "", "", 1, TooLong.DROP),
        "data.max-prompt-tokens: 1 (expected: room for a prompt; all 2 of " + file);
  }

  @Test
  void placesWhatIsWrong() throws IOException {
    assertRefused(DATA, "data.path: " + file + " does not exist (expected: a file of prompts)");
    write();
    assertRefused(DATA, "data.path: " + file + " has no rows");
    write(row(1), "{\"prompt\": ");
    assertRefused(DATA, file + ":2: cut short (expected: a whole JSON object per line)");
    write(row(1), "{\"prompt\": oops}");
    assertRefused(DATA, file + ":2: broken JSON: Unrecognized token 'oops'");
    write("[1]");
    assertRefused(DATA, file + ":1: not a JSON object");
    write("{\"promt\": \"1\", \"answer\": 1}");
    assertRefused(DATA, "data.prompt: prompt (expected: a column: promt? one of promt, answer), ");
    write("{\"prompt\": \"1\"}");
    assertRefused(
        DATA, "data.answer: answer (expected: a column: one of prompt; or \"\" for none)");
    write("{\"prompt\": \"\", \"answer\": 1}");
    assertRefused(DATA, file + ":1: column prompt: empty prompt");
    write("{\"prompt\": 7, \"answer\": 1}");
    assertRefused(DATA, "data.prompt: column prompt holds 7 (expected: a string");
    write("{\"prompt\": \"7\", \"answer\": {}}");
    assertRefused(DATA, "data.answer: column answer holds {} (expected: a string or a number)");
    write("{\"prompt\": [{\"role\": \"user\"}], \"answer\": 1}");
    assertRefused(
        data(true, "", "", 9, TooLong.DROP),
        "data.prompt: column prompt holds {\"role\":\"user\"} (expected: messages of");
  }

  @Test
  void knowsTheLineThatIsNotUtf8() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes((row(1) + "\n" + row(2) + "\n").getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(new byte[] {'{', (byte) 0xff, '}'});
    Files.write(file, bytes.toByteArray());
    assertRefused(DATA, file + ":3: not UTF-8");
  }

  @Test
  void readsLinesThatCrossItsBuffer() throws IOException {
    // 64 KiB are read at a time; é takes two bytes, one on each side of a border somewhere.
    String text = "é".repeat(70_000);
    write("{\"note\": \"" + text + "\", \"prompt\": \"1\", \"answer\": 1}", row(2));
    assertThat(open(DATA).at(0).metadata().size() + open(DATA).at(1).metadata().size())
        .isEqualTo(1);
    assertThat(open(DATA).inFileOrder(0).metadata()).containsEntry("note", text);
  }

  @Test
  void refusesALineThatDoesNotEndWithoutReadingItWhole() throws IOException {
    write(row(1));
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(100 << 20);
    }
    assertRefused(
        DATA, file + ":2: a line of more than 16 MiB (expected: one JSON object per line");
  }

  @Test
  void refusesSettingsThatCannotWork() throws IOException {
    write(row(1));
    assertThatThrownBy(
            () ->
                JsonlPromptSource.open(
                    file,
                    data(true, "", "", 9, TooLong.DROP),
                    tokenizer,
                    Optional.empty(),
                    1,
                    ReadOptions.DEFAULTS))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("data.chat: true (expected: false, because");
    assertRefused(data(false, "sys", "", 9, TooLong.DROP), "data.system: sys (expected: \"\"");
  }

  @Test
  void refusesAnIdThatIsThereTwice() throws IOException {
    write("{\"prompt\": \"1\", \"answer\": 1}", "{\"prompt\": \"2\", \"answer\": 1}");
    DataOptions data =
        new DataOptions(
            file.toString(),
            "jsonl",
            "answer",
            "prompt",
            "",
            "",
            "",
            false,
            ConfigBlock.empty("data.template-arguments"),
            false,
            "",
            9,
            TooLong.DROP,
            true);
    assertRefused(
        data,
        "data.id: 1 is there twice (expected: an id of each row's own), "
            + file
            + ":1 and "
            + file
            + ":2");
  }

  private static DataOptions data(
      boolean chat, String system, String suffix, int most, TooLong tooLong) {
    return new DataOptions(
        "",
        "jsonl",
        "",
        "prompt",
        "answer",
        system,
        "",
        chat,
        ConfigBlock.empty("data.template-arguments"),
        false,
        suffix,
        most,
        tooLong,
        true);
  }

  private static String row(int number) {
    return "{\"prompt\": \"" + number + "\", \"answer\": \"" + number + "\"}";
  }

  private void write(String... lines) throws IOException {
    Files.write(file, List.of(lines));
  }

  private JsonlPromptSource open(DataOptions data) {
    return open(file, data, 1);
  }

  private JsonlPromptSource open(Path from, DataOptions data, long seed) {
    return JsonlPromptSource.open(from, data, tokenizer, TEMPLATE, seed, ReadOptions.DEFAULTS);
  }

  private static List<Prompt> all(JsonlPromptSource source) {
    return IntStream.range(0, (int) source.size()).mapToObj(source::inFileOrder).toList();
  }

  private void assertRefused(DataOptions data, String message) {
    assertThatThrownBy(() -> open(data))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(message);
  }

  private static List<String> texts(JsonlPromptSource source, long from, long to) {
    return LongStream.range(from, to).mapToObj(at -> source.at(at).text()).toList();
  }
}
