package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.config.file.Peer;
import dev.kelpie.config.file.Presets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetExplanationTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aPresetSaysWhatItGivesAndWhatItCannot() {
    CommandLineRun run = CommandLineRun.of("config", "explain", "trl-grpo");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .startsWith("preset trl-grpo, the defaults of TRL 1.16.0, GRPOConfig\n")
        .contains("\n  algorithm.advantage.epsilon = 1e-4\n")
        .contains("\n  bf16 = None: None is mixed precision in bfloat16. ")
        .contains("\n  num_train_epochs = 3.0: run.steps counts steps")
        .doesNotContain("written otherwise");
  }

  @Test
  void anExperimentSaysWhatItHasOtherwise() throws IOException {
    // 0.000001 is the preset's 1e-6, and written so it is no difference
    Path file =
        write("algorithm.preset = trl-grpo\nlearner { beta2 = 0.5, learning-rate = 0.000001 }");
    CommandLineRun run = CommandLineRun.of("config", "explain", file.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .startsWith(file + ": preset trl-grpo, the defaults of TRL 1.16.0, GRPOConfig\n")
        .contains("\n  learner.beta2: 0.5 (" + file + ":3) in place of 0.999\n")
        .contains("\n  learner.learning-rate = 1e-6\n")
        .contains("\n  use_bias_correction_kl = True: acts with beta above 0 alone; ");
  }

  @Test
  void aBlockOfAnotherTypeHasNothingOfThePreset() throws IOException {
    Path file = write("algorithm { preset = grpo, loss { type = gspo } }");
    CommandLineRun run = CommandLineRun.of("config", "explain", file.toString());
    assertThat(run.out())
        .startsWith(file + ": preset grpo\n")
        .contains("\n  algorithm.loss.type: \"gspo\" (" + file + ":2) in place of ppo-clip\n")
        .doesNotContain("that no key expresses");
  }

  @Test
  void everyDifferenceIsALine() {
    for (String name : Presets.NAMES) {
      String text = PresetExplanation.of(name).text();
      Peer.of(name)
          .ifPresent(
              peer ->
                  peer.differences()
                      .forEach(one -> assertThat(text).contains("\n  " + one.line() + "\n")));
    }
  }

  @Test
  void whatIsNeitherKeyNorPresetNorFileIsNamed() {
    CommandLineRun run = CommandLineRun.of("config", "explain", "trl-gprp");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("kelpie: trl-gprp: no such key, preset or file");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(
        folder.resolve("x.conf"), "data.path = rows.jsonl, policy.path = policy\n" + text);
  }
}
