package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that users of other frameworks reported, each row with the score that is right. */
class FieldCasesTest {
  @ParameterizedTest
  @ValueSource(strings = {"01-latex-thousands", "03-fractions", "05-json-number-as-answer"})
  void scoresEachRowAsIsRight(String name) throws Exception {
    Reward reward = new NumericAnswerReward(AnswerOptions.DEFAULTS);
    for (String line : Files.readAllLines(Path.of("src/test/resources/answers", name + ".jsonl"))) {
      JsonNode row = new ObjectMapper().readTree(line);
      String response = row.get("response").asText();
      // asText writes a JSON number as Java does: 10000000.0 is 1.0E7.
      String answer = row.get("answer").asText();
      assertThat(reward.score(Trajectories.of(response, answer)).value())
          .as(line)
          .isEqualTo(row.get("want").floatValue());
    }
  }
}
