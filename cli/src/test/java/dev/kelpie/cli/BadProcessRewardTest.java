package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.BadConfigTest.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Process reward models that cannot be trained in the loop. */
class BadProcessRewardTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Process rewards");

  static final List<Kind> REFUSED =
      List.of(
          new Kind("process rewards of no model", "algorithm.advantage.type = prime"),
          new Kind("model whose rewards nothing takes", "process-reward.kind = implicit"),
          new Kind(
              "the same for a loss over pairs",
              "algorithm.preset = online-dpo, process-reward.kind = implicit"),
          new Kind("unknown kind", "algorithm.preset = prime, process-reward.kind = implict"),
          new Kind("unknown key", "process-reward.betta = 0.05"),
          new Kind("no log-ratio", "process-reward.beta = 0"),
          new Kind("bar that no reward passes", "process-reward.pass-above = 1"),
          new Kind(
              "checkpoint that is not there",
              "algorithm.preset = prime, process-reward.path = nowhere"),
          new Kind(
              "reference that moves", "algorithm.preset = prime, reference.schedule = previous"),
          new Kind("no reference", "algorithm.preset = prime, reference.schedule = none"),
          new Kind(
              "reference that follows the policy",
              "algorithm.preset = prime, models.now.policy = current, reference.model = now"),
          new Kind(
              "reference under other prompts",
              "algorithm.preset = prime, variants.v.template = \"1{prompt}\","
                  + " reference.variant = v"),
          new Kind(
              "responses that are not the policy's",
              "algorithm.preset = prime, members.gold.column = c"),
          new Kind(
              "branch that is discarded",
              "algorithm.preset = prime, iterations { steps = 2, branch.discard = true },"
                  + " run.steps = 8"),
          new Kind(
              "rewards of the group",
              "algorithm.preset = prime, group-reward.type = rank, compare.type = scores"),
          new Kind("discount above 1", "algorithm { preset = prime, advantage.gamma = 1.1 }"),
          new Kind("group of one", "algorithm.preset = prime, rollout.group-size = 1"));

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeWhatIsIncluded() throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithKeyValueExpectationAndPlace(Kind kind) throws IOException {
    TABLE.add(kind.what(), kind.written(), kind.refusal(folder));
  }

  @Test
  void rewardOutsideZeroToOneEndsTheRun() throws IOException {
    String written = "algorithm.preset = prime, reward.short { type = length, per-token = -1 }";
    Path experiment =
        SmallExperiment.write(
            folder,
            "rollout { prompts-per-step = 4, group-size = 2, max-new-tokens = 8 }, run.steps = 2,"
                + " policy.init = random, "
                + written);
    CommandLineRun run =
        CommandLineRun.of(
            "train", experiment.toString(), "--run-dir", folder.resolve("run").toString());
    assertThat(run.code()).as(run.out()).isNotZero();
    String line =
        run.out().lines().filter(one -> one.contains("process-reward")).findFirst().orElseThrow();
    TABLE.add("reward that is no outcome", written, line.replaceAll("-[0-9.]+ of", "-N of"));
  }
}
