package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real thing, short: the quickstart's policy, actors, files, and what a run leaves behind. */
class TrainCommandTest {
  @TempDir private Path folder = Path.of("");
  private TrainedRuns runs = new TrainedRuns(folder, List.of());

  @BeforeEach
  void inFolder() {
    runs = new TrainedRuns(folder, List.of("eval.samples=32"));
  }

  @Test
  void twoWorkersAndAResumedRunEndWithTheWeightsOfAnUndisturbedOne() throws IOException {
    JsonNode whole = runs.train("whole", "quickstart.conf", "run.steps=4");
    JsonNode workers =
        runs.train(
            "workers",
            "quickstart.conf",
            "run.steps=4",
            "rollout.workers=2",
            "rollout.threads=1",
            "rollout.unit-prompts=4");
    JsonNode one =
        runs.train(
            "one", "quickstart.conf", "run.steps=4", "rollout.threads=1", "rollout.unit-prompts=4");
    runs.train("parts", "quickstart.conf", "run.steps=2");
    JsonNode parts = runs.resume("parts", 4);

    assertThat(parts.get("policy-sha256")).isEqualTo(whole.get("policy-sha256"));
    assertThat(workers.get("policy-sha256")).isEqualTo(one.get("policy-sha256"));
    assertThat(whole.at("/ledger/clean").asBoolean()).isTrue();
    assertThat(parts.at("/ledger/clean").asBoolean()).isTrue();
    // 8 prompts x 8 responses x 4 steps are trained on, 32 prompts measured before and after, also
    // greedily
    assertThat(whole.at("/ledger/consumed").asInt()).isEqualTo(8 * 8 * 4);
    assertThat(whole.at("/ledger/measured").asInt()).isEqualTo(32 * 2 * 2);
    assertThat(whole.at("/eval-before/eval~1reward~1mean").asDouble()).isBetween(0.1, 0.7);
    assertThat(Files.readAllLines(folder.resolve("whole/metrics.jsonl"))).hasSizeGreaterThan(3);
  }

  @Test
  void proximalPolicyOptimisationTrainsWithAValueModelOfItsOwn() throws IOException {
    JsonNode summary =
        runs.train("ppo", "quickstart-ppo.conf", "run.steps=2", "rollout.prompts-per-step=16");
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(Files.readString(folder.resolve("ppo/metrics.jsonl")))
        .contains("value/loss", "value/explained_var");
  }

  @Test
  void responsesThatAllGetTheSameRewardAreCountedAndWarnedOf() throws IOException {
    CommandLineRun terminal =
        runs.run(
            "equal",
            "quickstart.conf",
            "run.steps=1",
            "reward.answer.pattern=\"never (matches)\\\\z\"");
    assertThat(terminal.code()).as(terminal.err()).isZero();
    assertThat(terminal.out()).contains("no group had two different rewards");
    assertThat(runs.summary("equal").get("unequal-groups").asInt()).isZero();
    assertThat(Files.readString(folder.resolve("equal/metrics.jsonl")))
        .contains("\"reward/frac_zero_std\":1.0");
  }
}
