package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.Shipped;
import dev.kelpie.model.merged.AdapterFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run in several processes that trains a low-rank adapter, with dropout and with embedding and
 * head beside it, whose processes are killed: the same weights as without kills, in one process.
 */
@Tag("slow")
class KilledAdapterTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> SETTINGS =
      List.of(
          "run.steps=6",
          "checkpoint.every=2",
          "dashboard.enabled=false",
          "eval.path=",
          "algorithm={ preset = grpo, kl.coef = 0.04 }",
          "policy.lora={ rank = 4, dropout = 0.1, modules-to-save = [embed_tokens, lm_head] }");

  @TempDir private Path folder = Path.of("");

  @Test
  void learnerAndRolloutWorkersMayBeKilled() throws Exception {
    CommandLineRun run = CommandLineRun.of(arguments("train", "alone").toArray(String[]::new));
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    try (LaunchedCluster cluster = LaunchedCluster.start(arguments("local", "killed"))) {
      int step = 1;
      for (String process : List.of("rollout-1", "learner", "learner")) {
        cluster.awaitLine("step " + step + "/");
        LaunchedCluster.signal("KILL", cluster.pid(process));
        cluster.awaitLine(process + " was killed by signal 9; started again");
        step += 2;
      }
      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      assertThat(cluster.lines().stream().filter(line -> line.contains(" was killed by signal 9")))
          .hasSize(3);
    }
    JsonNode summary = summary("killed");
    assertThat(summary.path("status").asText()).isEqualTo("finished");
    assertThat(summary.path("policy-sha256").asText())
        .hasSize(64)
        .isEqualTo(summary("alone").path("policy-sha256").asText());
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(AdapterFolder.is(folder.resolve("killed/checkpoints/step-6/learner/policy")))
        .isTrue();
  }

  private List<String> arguments(String command, String run) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                Shipped.configs().resolve("methods/task.conf").toString(),
                "--run-dir",
                folder.resolve(run).toString()));
    for (String setting : SETTINGS) {
      arguments.addAll(List.of("-D", setting));
    }
    return arguments;
  }

  private JsonNode summary(String run) throws IOException {
    return JSON.readTree(folder.resolve(run).resolve("summary.json").toFile());
  }
}
