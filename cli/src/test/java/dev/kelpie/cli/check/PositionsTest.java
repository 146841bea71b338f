package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The quickstart's policy with another configuration: positions, and keys that are not used. */
class PositionsTest {
  private final Path folder;

  PositionsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void copyThePolicy() throws IOException {
    Path policy = Files.createDirectory(folder.resolve("policy"));
    try (var files = Files.list(Shipped.configs().resolve("quickstart/policy"))) {
      for (Path file : files.toList()) {
        Files.copy(file, policy.resolve(file.getFileName()));
      }
    }
  }

  /** Prompts of 5 tokens ({@code 1+1?} with the end of a prompt) and responses of 26: 31. */
  @Test
  void acceptsWhatJustFits() throws IOException {
    write("\"max_position_embeddings\": 31");
    CommandLineRun run = CommandLineRun.of("validate", experiment("").toString());
    assertThat(run.code()).as(run.out()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"validate", "train", "eval"})
  void refusesOnePositionLess(String command) throws IOException {
    write("\"max_position_embeddings\": 30");
    String rows = "eval.path=" + folder.resolve("rows.jsonl");
    CommandLineRun run = CommandLineRun.of(command, experiment("").toString(), "-D", rows);
    assertThat(run.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(run.out() + run.err())
        .contains("rollout.max-new-tokens: 26 (expected: at most 25, because the model has 30")
        .contains("the longest prompt of data.path 5 tokens; data.max-prompt-tokens is 16)");
  }

  @Test
  void checksHeldOutPromptsToo() throws IOException {
    write("\"max_position_embeddings\": 31");
    Path heldOut =
        Files.writeString(
            folder.resolve("held-out.jsonl"), "{\"prompt\": \"1+1+1?\", \"answer\": \"3\"}\n");
    CommandLineRun run =
        CommandLineRun.of("validate", experiment("").toString(), "-D", "eval.path=" + heldOut);
    assertThat(run.out() + run.err())
        .contains("WRONG  eval ")
        .contains("the longest prompt of eval.path 7 tokens");
  }

  @Test
  void sftRefusesADemonstrationThatDoesNotFit() throws IOException {
    write("\"max_position_embeddings\": 6");
    Path experiment = experiment("sft.response = answer, data.answer = \"\"");
    CommandLineRun run =
        CommandLineRun.of("sft", experiment.toString(), "--out", folder.resolve("out").toString());
    assertThat(run.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(run.out() + run.err())
        .contains("5 tokens of prompt and 2 of response (expected: together at most the model's 6");
  }

  @Test
  void validateWarnsOfKeysThatAreNotUsed() throws IOException {
    write("\"attention_multiplier\": 0.5");
    CommandLineRun run = CommandLineRun.of("validate", experiment("").toString());
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            "warning: policy: config.json: attention_multiplier: 0.5 is not known and not used");
  }

  private Path experiment(String more) throws IOException {
    return SmallExperiment.write(folder, "policy.path = policy\n" + more);
  }

  /** The last of two equal keys counts. */
  private void write(String more) throws IOException {
    Path file = folder.resolve("policy/config.json");
    String text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.lastIndexOf('}')) + ", " + more + "}");
  }
}
