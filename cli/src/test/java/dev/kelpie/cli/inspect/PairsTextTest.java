package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.PairedRun;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kelpie samples --pairs} over a run made by hand. */
class PairsTextTest {
  @TempDir private Path folder = Path.of("");
  private Path run = Path.of("");

  @BeforeEach
  void write() throws IOException {
    run = PairedRun.write(folder.resolve("run"), 4);
  }

  private CommandLineRun samples(String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "samples";
    all[1] = run.toString();
    System.arraycopy(options, 0, all, 2, options.length);
    return CommandLineRun.of(all);
  }

  @Test
  void pairsAreSideBySideWithLabelAndImplicitRewards() {
    CommandLineRun shown = samples("--pairs", "--width", "70");
    assertThat(shown.code()).as(shown.err()).isZero();
    // beta 0.2: 0.2 (0.5 + 0.25) and 0.2 (-2.25 + 0.25)
    assertThat(shown.out())
        .startsWith("step 2 of " + run + ": 2 pairs, 1 the wrong way round, beta 0.2")
        .contains("pair 1, group 0: implicit reward, chosen minus rejected, +0.1500\n")
        .contains("label p 0.900, weight 2.000, margin 0.250, from scores")
        .contains("prompt p:1, 1 tokens\n  3+4?\nanswer 7")
        .containsPattern("(?m)^chosen: #0 +rejected: #1$")
        .containsPattern("(?m)^implicit reward \\+0.1000 +implicit reward -0.0500$")
        .containsPattern("(?m)^log-ratio \\+0.5000 +log-ratio -0.2500$")
        .containsPattern("(?m)^log-probability -1.6000 +log-probability -4.0000$")
        .containsPattern("(?m)^stop, 2 tokens +stop, 2 tokens\n +under the prompt variant hinted$")
        .containsPattern("(?m)^the sum is 7 +the sum is eight$")
        .contains("pair 2, group 0: implicit reward, chosen minus rejected, -0.4000, the wrong")
        .containsPattern("(?m)^score 1.000 +score 0.000$")
        .contains("chosen: #2 of teacher  ");
  }

  @Test
  void filtersChooseAmongThePairs() {
    assertThat(samples("--pairs", "--wrong", "--step", "2").out())
        .contains("pair 2, group 0")
        .doesNotContain("pair 1, group 0");
    assertThat(samples("--pairs", "--text", "sum is 7").out())
        .contains("pair 1, group 0")
        .doesNotContain("pair 2, group 0");
    assertThat(samples("--pairs", "--group", "3").out()).contains("no pair matches");
  }

  @Test
  void whatCannotBeShownIsRefused() throws IOException {
    refused("--step: 3 (expected: 2, the steps with pairs)", "--pairs", "--step", "3");
    refused("--wrong: given without --pairs (expected: beside --pairs)", "--wrong");
    refused(
        "--reward-below: given beside --pairs (expected: --group, --text or --wrong)",
        "--pairs",
        "--reward-below",
        "1");
    Files.delete(run.resolve("rollouts/step-2-pairs.arrow"));
    refused(
        run
            + ": no rollouts/step-N-pairs.arrow (expected: a run with a loss over pairs that has"
            + " finished a step)",
        "--pairs");
  }

  private void refused(String line, String... options) {
    CommandLineRun shown = samples(options);
    assertThat(shown.code()).as(shown.out()).isEqualTo(Failures.BAD_INPUT);
    assertThat(shown.err().strip()).isEqualTo("kelpie: " + line);
  }
}
