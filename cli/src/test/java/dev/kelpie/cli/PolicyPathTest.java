package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyPathTest {
  @TempDir private Path folder = Path.of("");
  private Path experiment = Path.of("");

  @BeforeEach
  void writeAnExperimentWhosePolicyIsMisspelt() throws IOException {
    Files.createDirectories(folder.resolve("runs/first/policy"));
    experiment = SmallExperiment.write(folder, "policy.path = runs/frist/policy");
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "validate", "eval"})
  void everyCommandNamesKeyPlaceAndNearestFolder(String command) {
    String expected =
        "policy.path: runs/frist/policy (expected: runs/first/policy? a checkpoint folder),"
            + " small.conf:3";
    assertThat(told(CommandLineRun.of(command, experiment.toString()))).contains(expected);
  }

  @Test
  void sftNamesThemToo() {
    CommandLineRun run =
        CommandLineRun.of("sft", experiment.toString(), "--out", folder.resolve("out").toString());
    assertThat(told(run)).contains("policy.path: runs/frist/policy (expected: runs/first/policy?");
  }

  @Test
  void saysWhenNoNameIsNear() {
    CommandLineRun run =
        CommandLineRun.of("eval", experiment.toString(), "-D", "policy.path=nowhere/x");
    assertThat(told(run)).contains("policy.path: nowhere/x (expected: a checkpoint folder), -D");
  }

  @Test
  void chatNamesItsArgument() {
    CommandLineRun run = CommandLineRun.of("chat", folder.resolve("none").toString());
    assertThat(told(run)).contains("none: no such folder (expected: a run or a checkpoint folder)");
  }

  private String told(CommandLineRun run) {
    assertThat(run.code()).isEqualTo(Failures.BAD_INPUT);
    return Refusal.stable(folder, String.join(" ", List.of(run.out(), run.err())));
  }
}
