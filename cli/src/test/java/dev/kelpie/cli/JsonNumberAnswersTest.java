package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.Prompt;
import dev.kelpie.rewards.answer.AnswerGrader;
import dev.kelpie.rewards.answer.Where;
import dev.kelpie.rollout.JsonlPromptSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are JSON numbers, from the data file through the reader of rows to the grader. */
class JsonNumberAnswersTest {
  private static final Path CASES =
      Path.of("../rewards/src/test/resources/answers/05-json-number-as-answer.jsonl");

  @Test
  void areReadAsTheyAreWritten(@TempDir Path folder) throws Exception {
    List<JsonNode> cases = new ArrayList<>();
    for (String line : Files.readAllLines(CASES)) {
      cases.add(new ObjectMapper().readTree(line));
    }
    AnswerGrader grader = AnswerGrader.ofNumbers(Where.ANYWHERE, "####", 0);
    try (RunInputs inputs = open(folder)) {
      JsonlPromptSource rows = inputs.train().orElseThrow().first();
      assertThat(rows.size()).isEqualTo(cases.size()).isGreaterThan(5);
      for (int row = 0; row < cases.size(); row++) {
        Prompt prompt = rows.inFileOrder(row);
        JsonNode wanted = cases.get(row);
        boolean right =
            grader.isRight(prompt.answer().orElseThrow(), wanted.get("response").asText());
        assertThat(right)
            .as(wanted + ", read as " + prompt.answer())
            .isEqualTo(wanted.get("want").asInt() == 1);
      }
    }
  }

  /** The rows, byte for byte but for their prompts, which the small model can read. */
  private static RunInputs open(Path folder) throws IOException {
    Path small = SmallExperiment.write(folder, "policy.init = random");
    List<String> lines =
        Files.readAllLines(CASES).stream()
            .map(line -> line.replaceFirst("\"<q[0-9]+>\"", "\"1+1?\""))
            .toList();
    Path rows = Files.write(folder.resolve("rows.jsonl"), lines);
    return RunInputs.open(
        ExperimentFiles.load(
            small,
            List.of("data.path=" + rows, "data.max-prompt-tokens=16", "data.shuffle=false")));
  }
}
