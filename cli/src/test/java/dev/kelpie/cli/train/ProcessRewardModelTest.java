package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RewardModelReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process reward model by {@code kelpie reward-model}, and a run that is rewarded by it. */
class ProcessRewardModelTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void itsStepsRewardTheResponsesOfARun() throws IOException {
    List<String> rows = new ArrayList<>();
    for (int i = 1; i <= 18; i++) {
      rows.add(
          String.format(
              "{\"prompt\": \"%d+1?\", \"completions\": [\"1+1=2\", \"2*2=%d\"], \"labels\":"
                  + " [true, %s]}",
              i, i % 2 == 0 ? 4 : 5, i % 2 == 0));
    }
    Files.write(folder.resolve("rows.jsonl"), rows);
    Path model = folder.resolve("prm");
    String out =
        run(
            "steps.conf",
            "data { path = rows.jsonl, answer = \"\" }, reward-model { completions = completions,"
                + " separator = \",\", steps = 3, batch-size = 9, held-out = 0.2 }",
            "reward-model",
            "--out",
            model.toString());
    assertThat(out).contains("held-out accuracy", "8 steps", "reward model: ");
    JsonMapper json = JsonMapper.builder().build();
    JsonNode written = json.readTree(model.resolve("config.json").toFile());
    assertThat(written.at("/architectures/0").asText()).isEqualTo("LlamaForTokenClassification");
    JsonNode report = json.readTree(model.resolve("reward-model.json").toFile());
    assertThat(report.at("/held-out/steps").asInt()).isEqualTo(8);
    // its page: there are no pairs to show
    RewardModelReport shown = RewardModelReport.read(new RunFolder(model)).orElseThrow();
    assertThat(shown.models()).isEmpty();
    run(
        "run.conf",
        "data { path = rows.jsonl, answer = \"\" }, models.prm.path = prm, reward.steps { type ="
            + " process, model = prm, separator = \",\" }, algorithm.preset = grpo,"
            + " dashboard.enabled = false, run.steps = 1, learner.minibatches = 1, rollout {"
            + " prompts-per-step = 2, group-size = 2, max-new-tokens = 12 }",
        "train",
        "--run-dir",
        folder.resolve("run").toString());
    String metrics = Files.readString(folder.resolve("run/metrics.jsonl"));
    JsonNode step = json.readTree(metrics.lines().reduce((a, b) -> b).orElseThrow());
    assertThat(step.path("reward/mean").asDouble()).isBetween(0.0, 1.0);
    assertThat(step.path("reward/failed").asDouble()).isZero();
  }

  private String run(String name, String written, String command, String... more)
      throws IOException {
    Path file = folder.resolve(name);
    Path base = Shipped.configs().resolve("methods/bare.conf");
    Files.writeString(
        file,
        String.format(
            "include required(\"%s\")%n%s%n", folder.toAbsolutePath().relativize(base), written));
    List<String> arguments = new ArrayList<>(List.of(command, file.toString()));
    arguments.addAll(List.of(more));
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    return terminal.out();
  }
}
