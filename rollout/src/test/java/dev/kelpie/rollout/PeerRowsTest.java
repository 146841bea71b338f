package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.DataOptions.TooLong;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows as other frameworks write them, whose columns the {@code data} block names. */
class PeerRowsTest {
  private static final Path PARQUET = Path.of("src/test/resources/parquet");
  private static final String TRUTH = "reward_model.ground_truth";
  private static final Optional<ChatTemplate> TEMPLATE =
      Optional.of(
          ChatTemplate.of(
              "chat",
              "{% for m in messages %}{{ m.role[0] + ':' + m.content + ';' }}{% endfor %}"
                  + "{% if add_generation_prompt %}a:{% endif %}",
              Map.of()));

  @TempDir private Path folder = Path.of("");

  @Test
  void verlsParquetRowsHaveTheirTruthWithinAnObject() throws IOException {
    List<Prompt> prompts =
        read(PARQUET.resolve("verl.parquet"), data("parquet", "prompt", TRUTH, true));
    assertThat(prompts)
        .extracting(Prompt::text)
        .containsExactly(
            "u:What is 0 + 1?;a:", "s:Be short.;u:What is 1 + 1?;a:A number.;u:Which one?;a:");
    assertThat(prompts)
        .extracting(prompt -> prompt.answer().orElseThrow())
        .containsExactly("1", "2");
    assertThat(prompts.get(1).metadata())
        .containsOnly(
            entry("data_source", "openai/gsm8k"),
            entry("ability", "math"),
            entry("extra_info", "{\"split\":\"train\",\"index\":1}"));
  }

  @Test
  void aRowWithoutItsTruthIsNamed() {
    Path file = PARQUET.resolve("verl-without-truth.parquet");
    assertThatThrownBy(() -> read(file, data("parquet", "prompt", TRUTH, true)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "data.answer: column reward_model.ground_truth holds null (expected: a string or a"
                + " number), "
                + file
                + ":3");
    assertThatThrownBy(() -> read(file, data("parquet", "prompt", "reward_model.truth", true)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "data.answer: reward_model.truth (expected: a column: reward_model.style? one of"
                + " reward_model.style, reward_model.ground_truth; or \"\" for none), "
                + file
                + ":1");
  }

  @Test
  void openRlhfsRowsAreNamedByTheirKeys() throws IOException {
    Path file = write("{\"input\": \"1+1?\", \"label\": \"2\", \"metadata\": {\"level\": 1}}");
    Prompt text = read(file, data("jsonl", "input", "label", false)).get(0);
    assertThat(text.text()).isEqualTo("1+1?");
    assertThat(text.answer()).contains("2");
    assertThat(text.metadata()).containsOnly(entry("metadata", "{\"level\":1}"));
    Path chat =
        write(
            "{\"context_messages\": [{\"role\": \"user\", \"content\": \"1+1?\"}], \"answer\": 2}");
    assertThat(read(chat, data("jsonl", "context_messages", "answer", true)).get(0).text())
        .isEqualTo("u:1+1?;a:");
  }

  @Test
  void messagesWithATruthAreAPromptToo() throws IOException {
    Path file =
        write(
            "{\"messages\": [{\"role\": \"user\", \"content\": \"1+1?\"}], \"ground_truth\": \"2\","
                + " \"dataset\": \"sums\"}");
    Prompt prompt = read(file, data("jsonl", "messages", "ground_truth", true)).get(0);
    assertThat(prompt.text()).isEqualTo("u:1+1?;a:");
    assertThat(prompt.answer()).contains("2");
    assertThat(prompt.metadata()).containsOnly(entry("dataset", "sums"));
  }

  @Test
  void numbersWithinObjectsKeepTheirText() throws IOException {
    Path file =
        write(
            "{\"prompt\": \"1\", \"reward_model\": {\"ground_truth\": 10000000.0}}",
            "{\"prompt\": \"2\", \"reward_model\": {\"ground_truth\": 1E-4}}",
            "{\"prompt\": \"3\", \"reward_model\": {\"ground_truth\":"
                + " 123456789012345678901234567890}}");
    assertThat(read(file, data("jsonl", "prompt", TRUTH, false)))
        .extracting(prompt -> prompt.answer().orElseThrow())
        .containsExactly("10000000.0", "1E-4", "123456789012345678901234567890");
  }

  @Test
  void aColumnWhoseNameHasADotComesBeforeAnObject() throws IOException {
    Path file = write("{\"prompt\": \"1\", \"a.b\": \"column\", \"a\": {\"b\": \"inner\"}}");
    assertThat(read(file, data("jsonl", "prompt", "a.b", false)).get(0).answer())
        .contains("column");
  }

  private Path write(String... lines) throws IOException {
    return Files.write(folder.resolve("rows.jsonl"), List.of(lines));
  }

  private List<Prompt> read(Path file, DataOptions data) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), CharacterTokenizer.json());
    ReadOptions options =
        new ReadOptions(MetadataColumns.ALL, ReadOptions.NO_HASH, (of, done, all) -> {});
    try (JsonlPromptSource source =
        JsonlPromptSource.open(file, data, Tokenizer.open(folder), TEMPLATE, 1, options)) {
      return IntStream.range(0, (int) source.size()).mapToObj(source::inFileOrder).toList();
    }
  }

  private static DataOptions data(String format, String prompt, String answer, boolean chat) {
    return new DataOptions(
        "",
        format,
        "",
        prompt,
        answer,
        "",
        "",
        chat,
        ConfigBlock.empty("data.template-arguments"),
        false,
        "",
        512,
        TooLong.DROP,
        true);
  }
}
