package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose evaluations roll weights back or promote checkpoints, on the quickstart. */
class GateRunTest {
  private static final String METRIC = "eval/reward/mean";

  @TempDir private Path folder = Path.of("");
  private TrainedRuns runs = new TrainedRuns(Path.of(""), List.of());

  @BeforeEach
  void prepare() throws IOException {
    runs =
        new TrainedRuns(
            folder,
            List.of(
                "dashboard.enabled=false",
                "data.path=" + Shipped.fewPrompts(folder),
                "eval={every = 1, samples = 32, greedy = false}",
                "rollout.prompts-per-step=4",
                "rollout.group-size=4",
                "learner.minibatches=2",
                "algorithm.kl.coef=0.001",
                "checkpoint={every = 1, keep = 9, best = \"" + METRIC + "\"}"));
  }

  /** The largest difference of the policy's and the reference's numbers when a step began. */
  private double fromTheStart(String run, long step) {
    ScoredGroups samples = new SampleFiles(runs.of(run).resolve("rollouts")).read(step);
    double most = 0;
    assertThat(samples.policyLogprobs()).isNotEmpty();
    for (Map.Entry<SampleId, PerToken> row : samples.policyLogprobs().entrySet()) {
      PerToken reference =
          Objects.requireNonNull(samples.referenceLogprobs().get(row.getKey()), "reference");
      for (int t = 0; t < reference.length(); t++) {
        most = Math.max(most, Math.abs(row.getValue().get(t) - reference.get(t)));
      }
    }
    return most;
  }

  @Test
  void aFallReturnsToTheBestWeightsAsOftenAsAllowedAndAResumeDoesTheSame() throws Exception {
    // A rate that ruins the policy in one step: the start stays the best.
    JsonNode summary =
        runs.train(
            "run",
            "quickstart.conf",
            "run.steps=5",
            "learner.learning-rate=0.02",
            "gate={metric = \""
                + METRIC
                + "\", action = rollback, rollback {fall = 0.1, most = 2}}");
    assertThat(summary.path("status").asText()).isEqualTo("stopped");
    assertThat(summary.path("steps").asLong()).isEqualTo(3);
    assertThat(summary.path("reason").asText()).contains("rolled back 2 times");
    assertThat(runs.journalled("run", "rolled-back"))
        .extracting(event -> event.get("step").asLong(), event -> event.get("to").asLong())
        .containsExactly(tuple(1L, 0L), tuple(2L, 0L));
    // The steps after the falls begin with the weights of the start, which are the reference's.
    assertThat(fromTheStart("run", 2)).isCloseTo(0, within(1e-3));
    assertThat(fromTheStart("run", 3)).isCloseTo(0, within(1e-3));

    // As if the process had been killed before the checkpoints of steps 2 and 3.
    String sha256 = summary.path("policy-sha256").asText();
    for (int step = 2; step <= 3; step++) {
      delete(runs.of("run").resolve("checkpoints/step-" + step));
    }
    Files.delete(runs.of("run").resolve("summary.json"));
    JsonNode again = runs.resume("run", 5);
    assertThat(again.path("policy-sha256").asText()).isEqualTo(sha256);
    assertThat(again.path("reason")).isEqualTo(summary.path("reason"));
    assertThat(again.at("/ledger/clean").asBoolean()).isTrue();
  }

  @Test
  void aCheckpointIsPromotedWhereItsEvaluationReachesTheThreshold() throws Exception {
    String gate = "gate={metric = \"" + METRIC + "\", action = promote, threshold = %s}";
    runs.train("passes", "quickstart.conf", "run.steps=1", gate.formatted(0.05));
    Path promoted = runs.of("passes").resolve("checkpoints/promoted-step-1");
    assertThat(promoted.resolve("learner/policy/model.safetensors"))
        .hasSameBinaryContentAs(
            runs.of("passes").resolve("checkpoints/step-1/learner/policy/model.safetensors"));
    assertThat(runs.journalled("passes", "promoted"))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.get("value").asDouble())
                    .isEqualTo(runs.metric("passes", 1, METRIC)));
    runs.train("fails", "quickstart.conf", "run.steps=1", gate.formatted(0.99));
    assertThat(runs.journalled("fails", "promoted")).isEmpty();
    assertThat(runs.of("fails").resolve("checkpoints/promoted-step-1")).doesNotExist();
  }

  private static void delete(Path checkpoint) throws IOException {
    try (var files = Files.walk(checkpoint)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
