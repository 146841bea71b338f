package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Responses that rows of prompts bring along, in their columns and in files of responses. */
class MemberReadingTest {
  private static final StopTokens STOPS = new StopTokens(TokenIds.of(CharacterTokenizer.FIRST));

  private final Path rows;
  private final Path responses;
  private final Tokenizer tokenizer;

  /** A tokenizer of one token per character; its first token ends responses here. */
  MemberReadingTest(@TempDir Path folder) throws IOException {
    this.rows = folder.resolve("rows.jsonl");
    this.responses = folder.resolve("responses.jsonl");
    Files.writeString(folder.resolve("tokenizer.json"), CharacterTokenizer.json());
    this.tokenizer = Tokenizer.open(folder);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  @Test
  void columnBecomesAResponseWithItsScoreAndAStopToken() throws IOException {
    rows("{\"prompt\": \"1+1\", \"answer\": 2, \"gold\": \"!#\", \"worth\": 2.5}");
    List<GivenResponse> given =
        read(Map.of("best", column("gold", "worth"), "also", column("gold", ""))).responses();
    assertThat(given)
        .extracting(one -> one.origin().member())
        .containsExactly("also", "best"); // in the order of their names
    assertThat(given.get(1).origin().score()).hasValue(2.5);
    assertThat(given.get(0).origin().score()).isEmpty();
    assertThat(given.get(1).origin().provenance()).isEqualTo(Provenance.HUMAN);
    assertThat(given.get(1).text()).isEqualTo("!#");
    // ' ' has the id 1, so '!' has 2 and '#' has 4; 0 ends it
    assertThat(given.get(1).tokens()).isEqualTo(TokenIds.of(2, 4, 0));
    assertThat(given.get(1).finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void fileGivesAsManyResponsesAsCountInItsOrder() throws IOException {
    rows("{\"prompt\": \"1+1\", \"answer\": 2, \"id\": \"a\"}");
    Files.writeString(
        responses,
        """
        {"id": "a", "response": "first", "worth": 1}
        {"id": "b", "response": "of another", "worth": 9}
        {"id": "a", "response": "second", "worth": 2}
        {"id": "a", "response": "third", "worth": 3}
        """);
    List<GivenResponse> given = read(Map.of("log", file("worth", 2))).responses();
    assertThat(given).extracting(GivenResponse::text).containsExactly("first", "second");
    assertThat(given)
        .extracting(one -> one.origin().score())
        .containsExactly(OptionalDouble.of(1), OptionalDouble.of(2));
    assertThat(given.get(0).origin().provenance()).isEqualTo(Provenance.LOG);
  }

  @Test
  void wrongColumnsAreRefusedWithTheirRow() throws IOException {
    rows("{\"prompt\": \"1\", \"answer\": 2, \"gold\": \" \"}");
    assertRefused(
        column("gold", ""), "members.m.column: column gold holds", "a response that is not empty");
    rows("{\"prompt\": \"1\", \"answer\": 2, \"gold\": 7}");
    assertRefused(column("gold", ""), "members.m.column: column gold holds 7", "rows.jsonl:1");
    rows("{\"prompt\": \"1\", \"answer\": 2}");
    assertRefused(column("gold", ""), "members.m.column: gold", "rows.jsonl:1");
    rows("{\"prompt\": \"1\", \"answer\": 2, \"gold\": \"x\", \"worth\": \"high\"}");
    assertRefused(
        column("gold", "worth"), "members.m.score: column worth holds", "a finite number");
  }

  @Test
  void responseThatIsTooLongIsRefused() throws IOException {
    rows("{\"prompt\": \"1\", \"answer\": 2, \"gold\": \"12345678\"}");
    // eight characters and the token that ends them
    assertRefused(
        column("gold", ""), "rollout.max-new-tokens: 8 (expected: at least 9", "members.m at");
  }

  @Test
  void fileWithTooFewResponsesIsRefused() throws IOException {
    rows("{\"prompt\": \"1\", \"answer\": 2, \"id\": \"a\"}");
    Files.writeString(responses, "{\"id\": \"a\", \"response\": \"one\"}\n");
    assertRefused(file("", 2), "has 1 responses to a (expected: at least count = 2)", "rows.jsonl");
    Files.writeString(responses, "{\"id\": \"c\", \"response\": \"one\"}\n");
    assertRefused(file("", 1), "has 0 responses to a", "rows.jsonl:1");
  }

  @Test
  void wrongRowsOfResponsesAreRefusedWhenTheFileIsOpened() throws IOException {
    rows("{\"prompt\": \"1\", \"answer\": 2, \"id\": \"a\"}");
    Files.writeString(responses, "{\"id\": \"a\", \"response\": \"one\"}\n{\"id\": \"b\"}\n");
    assertRefused(file("", 1), "members.m.column: response", "responses.jsonl:2");
    Files.writeString(responses, "{\"id\": 1.5, \"response\": \"one\"}\n");
    assertRefused(file("", 1), "members.m.id: column id holds 1.5", "a string or a whole number");
    Files.writeString(responses, "{\"id\": \"a\", \"response\": \"one\", \"worth\": null}\n");
    assertRefused(file("worth", 1), "members.m.score: ", "responses.jsonl:1");
    Files.delete(responses);
    assertRefused(file("", 1), "members.m.path: ", "does not exist");
  }

  @Test
  void tokensOfAnotherTokenizerAreRefused() throws IOException {
    rows("{\"prompt\": \"1\", \"answer\": 2, \"id\": \"a\"}");
    MemberOptions member = file("", 1);
    assertThat(read(Map.of("m", member), Map.of("m", recorded(TokenIds.of(2, 4, 0)))).responses())
        .extracting(GivenResponse::tokens)
        .containsExactly(TokenIds.of(2, 4, 0)); // as they were recorded
    assertThatThrownBy(() -> read(Map.of("m", member), Map.of("m", recorded(TokenIds.of(2, 5, 0)))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a response whose tokens are another text")
        .hasMessageContaining("step 3");
  }

  @Test
  void responsesNeedATokenThatEndsThem() {
    assertThatThrownBy(
            () ->
                new MemberReading(
                    new Members(Map.of("m", column("gold", ""))),
                    Map.of(),
                    new StopTokens(TokenIds.empty()),
                    8))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("policy.path: no eos_token_id");
  }

  @Test
  void rowsOfResponsesAreHashedUnlessTheHashIsKnown() throws IOException {
    rows("{\"prompt\": \"1\", \"answer\": 2, \"id\": \"a\"}");
    Files.writeString(responses, "{\"id\": \"a\", \"response\": \"one\"}\n");
    try (ResponseRows opened = ResponseRows.open("m", file("", 1), ReadOptions.DEFAULTS)) {
      DataFile file = opened.data().orElseThrow();
      // sha256sum of the line above
      assertThat(file.sha256())
          .isEqualTo("5b5881b8b7f222946fdcee698ec1f211bc99087fb5c58a970ec89296c5ca343d");
      assertThat(file.rows()).isEqualTo(1);
      assertThat(file.line(0)).isEqualTo(1);
      assertThat(file.checks(1)).hasSize(1);
    }
    ReadOptions known =
        new ReadOptions(
            ReadOptions.DEFAULTS.metadata(),
            (path, stamp) -> Optional.of("known"),
            ReadOptions.DEFAULTS.progress());
    try (ResponseRows opened = ResponseRows.open("m", file("", 1), known)) {
      assertThat(opened.data().orElseThrow().sha256()).isEqualTo("known");
    }
  }

  private ResponseSource recorded(TokenIds tokens) {
    return id ->
        List.of(
            new ResponseSource.Written(
                "!#", Optional.of(tokens), true, OptionalDouble.empty(), "step 3"));
  }

  private void rows(String... lines) throws IOException {
    Files.write(rows, List.of(lines));
  }

  private static MemberOptions column(String column, String score) {
    return new MemberOptions(
        "column", column, score, "", "", "id", "t-1", 0.5, 1, OptionalDouble.empty(), "", "", true);
  }

  private MemberOptions file(String score, int count) {
    String path = responses.toString();
    return new MemberOptions(
        "file",
        "response",
        score,
        path,
        "",
        "id",
        "t-1",
        0.5,
        count,
        OptionalDouble.empty(),
        "",
        "",
        true);
  }

  private void assertRefused(MemberOptions member, String... parts) {
    assertThatThrownBy(() -> read(Map.of("m", member)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(parts);
  }

  /** The first prompt with the responses of {@code members}. */
  private Prompt read(Map<String, MemberOptions> members) throws IOException {
    Map<String, ResponseSource> files = new TreeMap<>();
    members.forEach(
        (name, member) -> {
          if (member.from().equals("file")) {
            files.put(name, ResponseRows.open(name, member, ReadOptions.DEFAULTS));
          }
        });
    return read(members, files);
  }

  private Prompt read(Map<String, MemberOptions> members, Map<String, ResponseSource> files)
      throws IOException {
    MemberReading reading = new MemberReading(new Members(members), files, STOPS, 8);
    JsonlPromptSource source =
        JsonlPromptSource.open(
            rows,
            data(),
            tokenizer,
            Optional.empty(),
            1,
            ReadOptions.DEFAULTS.withMembers(reading));
    return source.at(0);
  }

  /** As written by default, with the column {@code id} where rows have one. */
  private DataOptions data() throws IOException {
    boolean named = Files.readString(rows).contains("\"id\"");
    return new DataOptions(
        "",
        "jsonl",
        named ? "id" : "",
        "prompt",
        "answer",
        "",
        "",
        false,
        ConfigBlock.empty("data.template-arguments"),
        false,
        "",
        64,
        DataOptions.TooLong.DROP,
        true);
  }
}
