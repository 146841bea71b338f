package dev.kelpie.rewards.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of answers: its verdicts are argued from mathematics; what math-verify says beside them
 * comes from scripts/parity/answers.py.
 */
class AnswerTableTest {
  private static final Path TABLE = Path.of("src/test/resources/answers/table.jsonl");
  private static final List<String> KINDS =
      List.of(
          "thousands separator",
          "box",
          "fraction",
          "mixed number",
          "scientific notation",
          "percent",
          "currency",
          "unit",
          "sign",
          "plus or minus",
          "Unicode digits",
          "words of size",
          "JSON number",
          "expression",
          "formula",
          "interval",
          "set",
          "list",
          "tuple",
          "matrix",
          "root",
          "text",
          "degrees",
          "base subscript",
          "equation",
          "no answer",
          "never a part",
          "too large",
          "unsupported form",
          "reference refused");

  record Row(
      String kind, String reward, String response, String reference, String verdict, JsonNode all) {
    @Override
    public String toString() {
      return reward + ": " + response + " for " + reference;
    }
  }

  static List<Row> rows() throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      JsonNode row = json.readTree(line);
      rows.add(
          new Row(
              row.get("kind").asText(),
              row.get("reward").asText(),
              row.get("response").asText(),
              row.get("reference").asText(),
              row.get("verdict").asText(),
              row));
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void givesTheVerdictOfTheTable(Row row) {
    assertThat(verdict(row)).isEqualTo(row.verdict());
  }

  @Test
  void hasAtLeastFiveAnswersOfEachKindAndThreeHundredInAll() throws Exception {
    Map<String, Long> kinds =
        rows().stream().collect(Collectors.groupingBy(Row::kind, Collectors.counting()));
    assertThat(rows()).hasSizeGreaterThanOrEqualTo(300);
    for (String kind : KINDS) {
      assertThat(kinds.getOrDefault(kind, 0L)).as(kind).isGreaterThanOrEqualTo(5);
    }
  }

  @Test
  void saysWhyWhereMathVerifySaysOtherwise() throws Exception {
    for (Row row : rows()) {
      String other = row.all().get("math-verify").asText();
      boolean refused = row.verdict().equals("failed") || row.verdict().equals("refused");
      boolean differs = !other.equals(row.verdict()) && !(refused && other.equals("0"));
      assertThat(row.all().path("why").asText().isEmpty()).as(row.toString()).isEqualTo(!differs);
      assertThat(row.all().path("source").asText()).isNotEmpty();
    }
  }

  private static String verdict(Row row) {
    AnswerGrader grader =
        row.reward().equals("numeric-answer")
            ? AnswerGrader.ofNumbers(Where.ANYWHERE, "####", 0)
            : AnswerGrader.ofMathematics(Where.ANYWHERE, "####", 0);
    String reference = row.reference().strip();
    try {
      grader.check(reference);
    } catch (UnreadableAnswer e) {
      return "refused";
    }
    try {
      return grader.isRight(reference, row.response()) ? "1" : "0";
    } catch (UnsupportedAnswer e) {
      return "failed";
    } catch (UnreadableAnswer e) {
      throw new AssertionError("the reference was readable", e);
    }
  }
}
