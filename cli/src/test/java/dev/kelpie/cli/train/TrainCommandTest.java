package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real thing, short: the quickstart's policy, actors, files, and what a run leaves behind. */
class TrainCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  @Test
  void twoWorkersAndAResumedRunEndWithTheWeightsOfAnUndisturbedOne() throws IOException {
    JsonNode whole = train("whole", "quickstart.conf", "run.steps=4");
    JsonNode workers =
        train(
            "workers",
            "quickstart.conf",
            "run.steps=4",
            "rollout.workers=2",
            "rollout.threads=1",
            "rollout.unit-prompts=4");
    JsonNode one =
        train(
            "one", "quickstart.conf", "run.steps=4", "rollout.threads=1", "rollout.unit-prompts=4");
    train("parts", "quickstart.conf", "run.steps=2");
    CommandLineRun resumed =
        CommandLineRun.of(
            "train", "--resume", folder.resolve("parts").toString(), "-D", "run.steps=4");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    JsonNode parts = summary("parts");

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
        train("ppo", "quickstart-ppo.conf", "run.steps=2", "rollout.prompts-per-step=16");
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(Files.readString(folder.resolve("ppo/metrics.jsonl")))
        .contains("value/loss", "value/explained_var");
  }

  @Test
  void responsesThatAllGetTheSameRewardAreCountedAndWarnedOf() throws IOException {
    CommandLineRun terminal =
        run(
            "equal",
            "quickstart.conf",
            "run.steps=1",
            "reward.answer.pattern=\"never (matches)\\\\z\"");
    assertThat(terminal.code()).as(terminal.err()).isZero();
    assertThat(terminal.out()).contains("no group had two different rewards");
    assertThat(summary("equal").get("unequal-groups").asInt()).isZero();
    assertThat(Files.readString(folder.resolve("equal/metrics.jsonl")))
        .contains("\"reward/frac_zero_std\":1.0");
  }

  private JsonNode train(String run, String config, String... overrides) throws IOException {
    CommandLineRun terminal = run(run, config, overrides);
    assertThat(terminal.code()).as(terminal.err()).isZero();
    return summary(run);
  }

  private CommandLineRun run(String run, String config, String... overrides) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                Shipped.configs().resolve(config).toString(),
                "--run-dir",
                folder.resolve(run).toString(),
                "-D",
                "eval.samples=32"));
    for (String override : overrides) {
      arguments.add("-D");
      arguments.add(override);
    }
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  private JsonNode summary(String run) throws IOException {
    return JSON.readTree(folder.resolve(run).resolve("summary.json").toFile());
  }
}
