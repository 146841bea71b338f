package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.JudgeServer;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.RewardModels;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs whose rewards come from models, a judge or a model that is trained in the loop, and a
 * training of reward models, whose processes are killed: the same weights, nothing asked twice.
 */
@Tag("slow")
class KilledScorersTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String JUDGE =
      "reward.quality={type = judge, model = judge, template-path = \"%s\", max-tokens = 16}";

  @TempDir private Path folder = Path.of("");

  private Path experiment(String name) {
    String file =
        switch (name) {
          case "prime" -> "prime.conf";
          case "oni" -> "oni.conf";
          default -> "bare.conf";
        };
    return Shipped.configs().resolve("methods").resolve(file);
  }

  private List<String> settings(String name, JudgeServer judge) {
    List<String> settings =
        new ArrayList<>(
            List.of("run.steps=6", "checkpoint.every=2", "dashboard.enabled=false", "eval.path="));
    if (name.equals("scorers")) {
      Path a = folder.resolve("a");
      Path b = folder.resolve("b");
      settings.add("models={a.path = \"" + a + "\", b.path = \"" + b + "\"}");
      settings.add("reward.both={type = ensemble, models = [a, b], aggregate = lower-bound}");
      settings.add("reward.one={type = model, model = a, normalize = running}");
    } else if (name.equals("judge")) {
      settings.add("models.judge={url = \"" + judge.url() + "\", model = tiny}");
      Path template = Shipped.configs().resolve("methods/judge/rate.txt").toAbsolutePath();
      settings.add(JUDGE.formatted(template));
    } else if (name.equals("oni")) {
      settings.add("models.judge.url=" + judge.url());
      settings.add("online-reward.patience=60s");
    }
    if (!name.equals("prime")) {
      settings.add("algorithm={preset = grpo, kl.coef = 0}");
    }
    return settings;
  }

  private List<String> arguments(String name, String run, JudgeServer judge) {
    List<String> arguments =
        new ArrayList<>(
            List.of(experiment(name).toString(), "--run-dir", folder.resolve(run).toString()));
    for (String setting : settings(name, judge)) {
      arguments.addAll(List.of("-D", setting));
    }
    return arguments;
  }

  @BeforeEach
  void writeRewardModels() throws IOException {
    RewardModels.write(folder, "a", 1, 3);
    RewardModels.write(folder, "b", 1, 4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"scorers", "judge", "prime", "oni"})
  void learnerScorersAndRolloutWorkersMayBeKilled(String name) throws Exception {
    String alone;
    try (JudgeServer judge = JudgeServer.start(JudgeServer::number)) {
      List<String> whole = new ArrayList<>(List.of("train"));
      whole.addAll(arguments(name, "alone", judge));
      CommandLineRun run = CommandLineRun.of(whole.toArray(String[]::new));
      assertThat(run.code()).as(run.out() + run.err()).isZero();
      alone = summary("alone").path("policy-sha256").asText();
    }
    try (JudgeServer judge = JudgeServer.start(JudgeServer::number)) {
      List<String> local = new ArrayList<>(List.of("local"));
      local.addAll(arguments(name, "cluster", judge));
      try (LaunchedCluster cluster = LaunchedCluster.start(local)) {
        int step = 1;
        for (String process : List.of("reward", "rollout-1", "learner")) {
          cluster.awaitLine("step " + step++ + "/");
          LaunchedCluster.signal("KILL", cluster.pid(process));
          cluster.awaitLine(process + " was killed by signal 9; started again");
        }
        assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      }
      // what a killed process has asked and not written may be asked once more
      List<String> asked = judge.asked();
      assertThat(asked.size() - new HashSet<>(asked).size()).isLessThanOrEqualTo(2 * 8);
    }
    JsonNode summary = summary("cluster");
    assertThat(summary.path("status").asText()).isEqualTo("finished");
    assertThat(summary.path("policy-sha256").asText()).isEqualTo(alone);
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
  }

  private JsonNode summary(String run) throws IOException {
    return JSON.readTree(folder.resolve(run).resolve("summary.json").toFile());
  }

  @Test
  void aTrainingOfRewardModelsMayBeKilledAtAnyMoment() throws Exception {
    List<String> whole = training("whole");
    CommandLineRun run = CommandLineRun.of(whole.toArray(String[]::new));
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    Random random = new Random(1);
    int kills = 0;
    boolean resume = false;
    int code = -1;
    while (code != 0) {
      List<String> command = KelpieJvm.command("-Xmx512m", "-Dai.djl.offline=true");
      command.addAll(training("killed"));
      if (resume) {
        command.add("--resume");
      }
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
      long until = updates("killed") + 1 + random.nextInt(5);
      while (process.isAlive() && (kills == 5 || updates("killed") < until)) {
        Thread.onSpinWait();
      }
      if (process.isAlive()) {
        process.waitFor(random.nextInt(200), TimeUnit.MILLISECONDS);
      }
      kills += process.isAlive() ? 1 : 0;
      process.destroyForcibly();
      code = process.waitFor();
      resume = Files.isDirectory(folder.resolve("killed"));
    }
    for (String file :
        List.of(
            "reward-model.json",
            "member-1/model.safetensors",
            "member-2/model.safetensors",
            "member-2/config.json")) {
      assertThat(folder.resolve("killed").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
    }
    try (Stream<Path> files = Files.walk(folder.resolve("killed"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(file -> file.startsWith("state"));
    }
  }

  private List<String> training(String name) {
    return List.of(
        "reward-model",
        Shipped.configs().resolve("pipeline-reward-model.conf").toString(),
        "--out",
        folder.resolve(name).toString(),
        "-D",
        "reward-model.steps=12",
        "-D",
        "reward-model.held-out=0.02",
        "-D",
        "reward-model.save-every=3",
        "-D",
        "reward-model.ensemble=2");
  }

  private long updates(String name) throws IOException {
    long updates = 0;
    for (int member = 1; member <= 2; member++) {
      Path metrics = folder.resolve(name).resolve("member-" + member + "/metrics.jsonl");
      updates += Files.exists(metrics) ? Files.readString(metrics).lines().count() : 0;
    }
    return updates;
  }
}
