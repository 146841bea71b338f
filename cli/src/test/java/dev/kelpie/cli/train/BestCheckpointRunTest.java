package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.wire.file.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that keep the best checkpoint by a metric of their evaluations. */
class BestCheckpointRunTest {
  private static final String REWARD = "eval/reward/mean";
  private static final int STEPS = 4;

  @TempDir private Path folder = Path.of("");
  private TrainedRuns runs = new TrainedRuns(folder, List.of());

  @BeforeEach
  void open() throws IOException {
    runs =
        new TrainedRuns(
            folder,
            List.of(
                "data.path=" + Shipped.fewPrompts(folder),
                "run.steps=" + STEPS,
                "rollout.prompts-per-step=4",
                "eval.samples=24",
                "eval.greedy=false",
                "eval.every=1",
                "checkpoint.every=3",
                "checkpoint.keep=1"));
  }

  @Test
  void bestOfTheEvaluationsIsKeptAlsoByAResumedRunAndChangesNoBit() throws IOException {
    JsonNode plain = runs.train("plain", "quickstart.conf");
    assertThat(plain.has("best")).isFalse();
    CommandLineRun chat = CommandLineRun.of("chat", "--best", runs.of("plain").toString());
    assertThat(chat.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(chat.err()).contains("--best: ", "no best checkpoint");

    String best = "checkpoint.best=" + REWARD;
    JsonNode least = runs.train("min", "quickstart.conf", best, "checkpoint.goal=min");
    JsonNode most = runs.train("max", "quickstart.conf", best);
    runs.train("parts", "quickstart.conf", best, "run.steps=2");
    JsonNode parts = runs.resume("parts", STEPS);
    for (JsonNode summary : List.of(least, most, parts)) {
      assertThat(summary.get("policy-sha256")).isEqualTo(plain.get("policy-sha256"));
    }
    assertBest("min", false);
    assertBest("max", true);
    assertBest("parts", true);
    assertThat(parts.get("best")).isEqualTo(most.get("best"));
    assertDamageIsRefused("max");
  }

  private void assertDamageIsRefused(String run) throws IOException {
    JsonNode checkpoint = runs.summary(run).at("/best/checkpoint");
    assertThat(checkpoint.isTextual()).as("the run has become better").isTrue();
    Path best = runs.of(run).resolve(checkpoint.asText());
    Files.write(best.resolve("learner/policy/config.json"), new byte[] {'{'});
    CommandLineRun chat = CommandLineRun.of("chat", "--best", runs.of(run).toString());
    assertThat(chat.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(chat.err()).contains("--best: " + best, "config.json");
  }

  /** Compares the summary and the folder with the run's own curve. */
  private void assertBest(String run, boolean max) throws IOException {
    long step = 0;
    for (long other = 1; other <= STEPS; other++) {
      double difference = runs.metric(run, other, REWARD) - runs.metric(run, step, REWARD);
      if (max ? difference > 0 : difference < 0) {
        step = other;
      }
    }
    JsonNode best = runs.summary(run).get("best");
    assertThat(best.get("step").asLong()).isEqualTo(step);
    assertThat(best.get("metric").asText()).isEqualTo(REWARD);
    Path checkpoints = runs.of(run).resolve("checkpoints");
    if (step == 0) {
      assertThat(best.has("checkpoint")).isFalse();
      assertThat(checkpoints.toFile().list()).noneMatch(name -> name.startsWith("best-"));
      return;
    }
    assertThat(best.get("checkpoint").asText()).isEqualTo("checkpoints/best-step-" + step);
    Path folder = checkpoints.resolve("best-step-" + step);
    Manifest manifest = Manifest.in(folder).orElseThrow();
    assertThat(manifest.damages()).isEmpty();
    assertThat(manifest.facts().get("weights-sha256").asText()).isEqualTo(committed(run, step));
    assertThat(Files.isRegularFile(folder.resolve("learner/policy/model.safetensors"))).isTrue();
    assertThat(checkpoints.toFile().list()).hasSize(2);
  }

  private String committed(String run, long step) throws IOException {
    return runs.journalled(run, "committed").stream()
        .filter(event -> event.get("step").asLong() == step)
        .findFirst()
        .orElseThrow()
        .get("weights-sha256")
        .asText();
  }
}
