package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Reference answers that the rewards cannot read. */
class BadAnswersTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Answers");

  /** A reference answer in row 3, and the type of the reward that has to read it. */
  record Kind(String what, String reward, String answer) {
    @Override
    public String toString() {
      return what;
    }
  }

  static final List<Kind> REFUSED =
      List.of(
          new Kind("answer without a number", "numeric-answer", "none"),
          new Kind("answer with a version", "numeric-answer", "#### 1.2.3"),
          new Kind("formula where a number is expected", "numeric-answer", "2x + 5"),
          new Kind("two numbers where one is expected", "numeric-answer", "\\boxed{12, 13}"),
          new Kind("box that is not closed", "math-answer", "so \\boxed{12"),
          new Kind("two numbers without a sign", "math-answer", "12 13"),
          new Kind("division by zero", "math-answer", "\\frac{1}{0}"),
          new Kind("number that is too large", "math-answer", "10^{100000}"),
          new Kind("unsupported form", "math-answer", "\\sum_{k=1}^n k"),
          new Kind("function that is not calculated", "math-answer", "sgn(5)"),
          new Kind("negated number", "numeric-answer", "not 5"),
          new Kind("bound", "numeric-answer", "at least 5"),
          new Kind("range with a dash", "numeric-answer", "5\u201310"),
          new Kind("range between two numbers", "numeric-answer", "between 5 and 10"),
          new Kind("date", "math-answer", "2024-05-12"),
          new Kind("choice without a number", "numeric-answer", "#### B. The area is 5"));

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void areRefusedWithTheirRow(Kind kind, @TempDir Path folder) throws IOException {
    String experiment = experiment(folder, kind, "");
    String line = Refusal.of(folder, experiment);
    assertThat(line).startsWith("rows.jsonl:3: reward.number: answer ").contains("(expected: ");
    TABLE.add(kind.what(), kind.answer(), line);
    CommandLineRun validate = CommandLineRun.of("validate", experiment);
    assertThat(validate.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(Refusal.stable(folder, validate.out())).contains("WRONG  data         " + line);
  }

  @Test
  void ofHeldOutPromptsAreRefused(@TempDir Path folder) throws IOException {
    Kind kind = new Kind("evaluation answer without a number", "numeric-answer", "none");
    String experiment =
        experiment(folder, kind, "eval.path = rows.jsonl, data.path = good.jsonl, eval.every = 0");
    Files.writeString(folder.resolve("good.jsonl"), SmallExperiment.row("1+1?", 2));
    String line = Refusal.of(folder, experiment);
    TABLE.add(kind.what(), "eval.path = rows.jsonl", line);
  }

  private static String experiment(Path folder, Kind kind, String more) throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
    String bad =
        new ObjectMapper().writeValueAsString(Map.of("prompt", "1+1?", "answer", kind.answer()));
    String good = SmallExperiment.row("1+1?", 2) + "\n";
    Files.writeString(folder.resolve("rows.jsonl"), good + good + bad + "\n" + bad + "\n");
    return Files.writeString(
            folder.resolve("x.conf"),
            "include required(\"small.conf\")\n"
                + more
                + "\nreward.number { type = "
                + kind.reward()
                + " }\n")
        .toString();
  }
}
