package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataForm;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.DataOptions.Truncation;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GivenRowsTest {
  private static final Path FOLDER = Path.of("src/test/resources/trl");
  private static final String CHAT =
      "{% for m in messages %}{{ m.role + ':' + m.content + ';' }}{% endfor %}"
          + "{% if add_generation_prompt %}assistant:{% endif %}";

  private final Path file;

  GivenRowsTest(@TempDir Path folder) {
    this.file = folder.resolve("rows.jsonl");
  }

  @Test
  void pairsHaveTwoMembersWithTheScoresOfTheFile() throws IOException {
    write(
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\",\"score\":0.25,\"rejected_score\":-3,"
            + "\"who\":\"human\"}");
    Prompt prompt =
        open(GivenData.of(
                "", DataForm.PAIRS, false, "", 1024, Truncation.KEEP_START, "score", "who"))
            .at(0);
    assertThat(prompt.responses())
        .extracting(response -> response.origin().member())
        .containsExactly("chosen", "rejected");
    assertThat(prompt.responses())
        .extracting(response -> response.origin().score())
        .containsExactly(OptionalDouble.of(0.25), OptionalDouble.of(-3));
    assertThat(prompt.responses())
        .extracting(response -> response.origin().provenance())
        .containsOnly(Provenance.HUMAN);
    assertThat(prompt.responses()).extracting(GivenResponse::text).containsExactly("b", "c");
  }

  @Test
  void pairsWithoutScoresCountOneAndZeroAndLabelsToo() throws IOException {
    write("{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}");
    assertThat(open(GivenData.of(DataForm.PAIRS)).at(0).responses())
        .extracting(response -> response.origin().score().orElseThrow())
        .containsExactly(1.0, 0.0);
    write("{\"prompt\":\"a\",\"completion\":\"b\",\"label\":false}");
    assertThat(open(GivenData.of(DataForm.UNPAIRED)).at(0).responses())
        .extracting(response -> response.origin().score().orElseThrow())
        .containsExactly(0.0);
    write("{\"prompt\":\"a\",\"completion\":\"b\"}");
    assertThat(open(GivenData.of(DataForm.DEMONSTRATIONS)).at(0).responses())
        .extracting(response -> response.origin().score())
        .containsExactly(OptionalDouble.empty());
  }

  @Test
  void listsMayBeOfObjectsAsThoseOfUltraFeedback() throws IOException {
    write(
        "{\"prompt\":\"a\",\"responses\":[{\"completion\":\"b\",\"scores\":7.5},"
            + "{\"completion\":\"c\",\"scores\":2}]}");
    assertThat(open(GivenData.of(DataForm.SCORED)).at(0).responses())
        .extracting(response -> response.text() + response.origin().score().orElseThrow())
        .containsExactly("b7.5", "c2.0");
  }

  @Test
  void leavesOutEqualPairsAndCountsThem() throws IOException {
    write(
        "{\"chosen\":\"ab\",\"rejected\":\"ab\"}",
        "{\"chosen\":\"abc\",\"rejected\":\"abd\"}",
        "{\"chosen\":\"\",\"rejected\":\"\"}");
    JsonlPromptSource source = open(GivenData.of(DataForm.PAIRS));
    assertThat(source.size()).isEqualTo(1);
    assertThat(source.counts().equal()).isEqualTo(2);
    assertThat(source.at(0).text()).isEqualTo("ab");
  }

  @Test
  void cutsOrDropsWhatIsTooLong() throws IOException {
    // <s> and "a" are the prompt; "bcdefgh" has a token for each letter here, "b" one; then eos
    write(
        "{\"prompt\":\"a\",\"chosen\":\"QXZ\",\"rejected\":\"Q\"}",
        "{\"prompt\":\"QXZQXZ\",\"chosen\":\"X\",\"rejected\":\"Q\"}");
    JsonlPromptSource start = open(length(4, Truncation.KEEP_START));
    assertThat(start.counts()).isEqualTo(new JsonlPromptSource.Counts(2, 1, 0, 0, 1, 0, 0));
    Prompt cut = start.inFileOrder(0);
    assertThat(cut.responses().get(0).tokens().length()).isEqualTo(2);
    assertThat(cut.responses().get(0).text()).isEqualTo("QX");
    assertThat(cut.responses().get(0).finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(cut.responses().get(1).finishReason()).isEqualTo(FinishReason.STOP);

    JsonlPromptSource end = open(length(4, Truncation.KEEP_END));
    assertThat(end.counts()).isEqualTo(new JsonlPromptSource.Counts(2, 0, 2, 0, 1, 0, 0));
    // 2 + 4 tokens are 2 too many: one token of the prompt is left, and three of the response
    assertThat(end.inFileOrder(0).text()).isEqualTo("a");
    assertThat(end.inFileOrder(0).responses().get(0).text()).isEqualTo("XZ");
    assertThat(end.inFileOrder(1).text()).isEqualTo("XZ");
    assertThat(end.inFileOrder(1).responses().get(0).text()).isEqualTo("X");

    JsonlPromptSource drop = open(length(6, Truncation.DROP));
    assertThat(drop.counts()).isEqualTo(new JsonlPromptSource.Counts(2, 1, 0, 0, 0, 0, 0));
  }

  private static DataOptions length(int most, Truncation how) {
    return GivenData.of(DataForm.PAIRS, false, "", most, how);
  }

  /** Rows behind the first 20,000 are encoded at the start only where that may tell something. */
  @Test
  void rowsFarBehindAreReadAndRefusedLikeTheFirst() throws IOException {
    String[] rows = new String[20_100];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = "{\"prompt\":\"QXZQXZ\",\"chosen\":\"X\",\"rejected\":\"Q\"}";
    }
    rows[5] = rows[5].replace("QXZQXZ", "QXZQXZQXZQXZQXZQXZ");
    rows[20_050] = "{\"prompt\":\"Q\",\"chosen\":\"X\",\"rejected\":\"Z\"}";
    rows[20_060] = "{\"prompt\":\"Q\",\"chosen\":\"XZ\u00e9\",\"rejected\":\"Z\"}";
    rows[20_070] = rows[5].replace("QXZQXZQXZQXZ", "QXZQXZQXZQXZQXZ");
    write(rows);
    JsonlPromptSource source = open(GivenData.of(DataForm.PAIRS));
    assertThat(source.size()).isEqualTo(rows.length);
    assertThat(source.longestPrompt()).isEqualTo(1 + 21);
    assertThat(source.longestSequence()).isEqualTo(1 + 21 + 2);
    Prompt far = source.inFileOrder(20_050);
    assertThat(far.text()).isEqualTo("Q");
    assertThat(far.responses()).extracting(GivenResponse::text).containsExactly("X", "Z");
    rows[20_080] = rows[20_050].replace("\"X\"", "5");
    write(rows);
    assertThatThrownBy(() -> open(GivenData.of(DataForm.PAIRS)))
        .hasMessageContaining("data.chosen: column chosen holds 5")
        .hasMessageEndingWith("rows.jsonl:20081");
  }

  @Test
  void refusesRowsThatAreNoPairs() throws IOException {
    assertRefused(
        DataForm.PAIRS,
        "rows.jsonl:1: columns chosen and rejected have no common start",
        "{\"chosen\":\"abc\",\"rejected\":\"xyz\"}");
    assertRefused(
        DataForm.PAIRS,
        "data.chosen: column chosen holds 3 (expected: a string",
        "{\"prompt\":\"a\",\"chosen\":3,\"rejected\":\"b\"}");
    assertRefused(
        DataForm.PAIRS,
        "data.rejected: rejected (expected: a column: ",
        "{\"prompt\":\"a\",\"chosen\":\"c\"}");
    assertRefused(
        DataForm.PAIRS,
        "rows.jsonl:2: prompt none, responses text (expected: prompt text, responses text, as at",
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}",
        "{\"chosen\":\"ab\",\"rejected\":\"ac\"}");
    assertRefused(
        DataForm.PAIRS,
        "data.chosen: column chosen holds [{\"role\"",
        "{\"chosen\":[{\"role\":\"user\",\"content\":\"a\"}],\"rejected\":[]}");
  }

  @Test
  void refusesTextThatTheTokenizerDoesNotGiveBack(@TempDir Path folder) throws IOException {
    // the tokenizer reads a letter that it does not have as "?"
    Files.writeString(folder.resolve("tokenizer.json"), CharacterTokenizer.json());
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<s>\"}");
    write(
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"?\"}",
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"\u00e9\"}");
    Tokenizer tokenizer = Tokenizer.open(folder);
    assertThatThrownBy(
            () ->
                JsonlPromptSource.open(
                    file,
                    GivenData.of(DataForm.PAIRS),
                    tokenizer,
                    Optional.empty(),
                    1,
                    ReadOptions.DEFAULTS))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("rows.jsonl:2: the tokens of a response are another text");
    tokenizer.close();
  }

  @Test
  void refusesTheSameTextUnderTwoIds() throws IOException {
    write(
        "{\"i\":1,\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}",
        "{\"i\":2,\"prompt\":\"a\",\"chosen\":\"c\",\"rejected\":\"b\"}",
        "{\"i\":3,\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}");
    DataOptions data =
        GivenData.of("i", DataForm.PAIRS, false, "", 1024, Truncation.KEEP_START, "", "");
    assertThatThrownBy(() -> open(data))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("data.id: 1 and 3 have the same text")
        .hasMessageEndingWith(file + ":1 and " + file + ":3");
  }

  @Test
  void refusesOtherFormsOfWrongRows() throws IOException {
    assertRefused(
        DataForm.UNPAIRED,
        "data.label: column label holds 1 (expected: true or false)",
        "{\"prompt\":\"a\",\"completion\":\"b\",\"label\":1}");
    assertRefused(
        DataForm.SCORED,
        "data.scores: column scores holds [1] (expected: a score for each of the 2 responses)",
        "{\"prompt\":\"a\",\"responses\":[\"b\",\"c\"],\"scores\":[1]}");
    assertRefused(
        DataForm.SCORED,
        "data.scores: column scores holds \"1\" (expected: finite numbers)",
        "{\"prompt\":\"a\",\"responses\":[\"b\",\"c\"],\"scores\":[2,\"1\"]}");
    assertRefused(
        DataForm.TURNS,
        "column chosen: no dialogue",
        "{\"chosen\":\"Human: a\",\"rejected\":\"b\"}");
    assertRefused(
        DataForm.TURNS,
        "part before a turn of the assistant",
        "{\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: b\",\"rejected\":\"\\n\\nHuman: c\"}");
    assertRefused(
        DataForm.DEMONSTRATIONS,
        "data.completion: completion (expected: a column",
        "{\"prompt\":\"a\"}");
    assertRefused(
        DataForm.PAIRS,
        "data.form: column images holds [\"x\"] (expected: none",
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\",\"images\":[\"x\"]}");
  }

  @Test
  void refusesATemplateThatDropsThePrompt() throws IOException {
    write("{\"prompt\":\"question\",\"chosen\":\"b\",\"rejected\":\"c\"}");
    DataOptions data = GivenData.of(DataForm.PAIRS, true, "", 1024, Truncation.KEEP_START);
    assertThat(open(data, CHAT).at(0).text()).isEqualTo("user:question;assistant:");
    String silent = CHAT.replace("m.content + ';'", "(m.content if m.role != 'user' else '')");
    assertThatThrownBy(() -> open(data, silent))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("rows.jsonl:1: the chat template drops the prompt");
    String last = CHAT.replace("in messages", "in messages[-1:]");
    assertThatThrownBy(() -> open(data, last))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("rows.jsonl:1: the chat template drops the prompt");
  }

  private void assertRefused(DataForm form, String message, String... rows) throws IOException {
    write(rows);
    assertThatThrownBy(() -> open(GivenData.of(form)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("rows.jsonl:");
  }

  private void write(String... lines) throws IOException {
    Files.write(file, List.of(lines));
  }

  private JsonlPromptSource open(DataOptions data) {
    return open(data, "");
  }

  private JsonlPromptSource open(DataOptions data, String template) {
    Optional<ChatTemplate> chat =
        template.isEmpty()
            ? Optional.empty()
            : Optional.of(ChatTemplate.of("chat", template, Map.of()));
    return JsonlPromptSource.open(
        file, data, Tokenizer.open(FOLDER), chat, 1, ReadOptions.DEFAULTS);
  }
}
