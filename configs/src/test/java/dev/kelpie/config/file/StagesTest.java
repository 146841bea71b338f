package dev.kelpie.config.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.AdvanceOptions;
import dev.kelpie.config.BranchOptions;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagesTest {
  private static final String BASE =
      """
      data.path = "train.jsonl"
      policy.path = "policy"
      algorithm.preset = online-dpo
      run.steps = 100
      """;

  private static Experiment load(Path folder, String more) {
    try {
      Path file = Files.writeString(folder.resolve("x.conf"), BASE + more);
      return ExperimentFiles.load(file, List.of()).experiment();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aStageChangesItsKeysUntilItsLastIteration(@TempDir Path folder) {
    Experiment experiment =
        load(
            folder,
            """
            algorithm.pairing.rank = 3
            iterations { steps = 2, epochs = 2, stages = [
              { until = 1, set { "algorithm.pairing.rank" = 1 } }
              { until = 2, set { algorithm.pairing.rank = 2, learner { learning-rate = 1e-3 } } } ] }
            """);
    Stages stages = Stages.of(experiment);
    assertThat(stages.all()).hasSize(3);
    assertThat(rank(stages, 1)).isEqualTo(1);
    assertThat(rank(stages, 4)).isEqualTo(1);
    assertThat(rank(stages, 5)).isEqualTo(2);
    assertThat(rank(stages, 12)).isEqualTo(3);
    assertThat(stages.at(8).experiment().learner().learningRate()).isEqualTo(1e-3);
    assertThat(stages.at(9).experiment().learner().learningRate()).isEqualTo(1e-6);
    assertThat(stages.at(4).set()).containsOnlyKeys("algorithm.pairing.rank");
  }

  private static @Nullable Object rank(Stages stages, long step) {
    return stages.at(step).experiment().algorithm().pairing().values().get("rank");
  }

  @Test
  void aRecordedExperimentHasTheSameStages(@TempDir Path folder) throws IOException {
    String text = "iterations.stages = [{ until = 1, set { \"algorithm.loss.beta\" = 0.7 } }]\n";
    Path file = Files.writeString(folder.resolve("x.conf"), BASE + text);
    LoadedExperiment loaded = ExperimentFiles.load(file, List.of());
    Path recorded = Files.writeString(folder.resolve("y.conf"), loaded.render("test"));
    Experiment again = ExperimentFiles.loadRecorded(recorded, List.of()).experiment();
    assertThat(Stages.of(again).at(1).experiment())
        .isEqualTo(Stages.of(loaded.experiment()).at(1).experiment());
    assertThat(Stages.of(again).at(1).experiment().algorithm().loss().values())
        .containsEntry("beta", 0.7);
  }

  @Test
  void aBlockWhoseTypeAStageChangesKeepsNoneOfItsOptions(@TempDir Path folder) {
    Experiment experiment =
        load(
            folder,
            """
            algorithm.loss { type = sigmoid, beta = 0.3 }
            iterations.stages = [{ until = 1, set { algorithm.loss.type = simpo } }]
            """);
    assertThat(Stages.of(experiment).at(1).experiment().algorithm().loss().values())
        .containsOnlyKeys("type");
  }

  @Test
  void whatCannotChangeIsRefusedByName(@TempDir Path folder) {
    refused(folder, "stages = [{ until = 1, set { run.seed = 2 } }]", "stages[0].set.run.seed: 2");
    refused(
        folder,
        "stages = [{ until = 1, set { \"policy.path\" = \"x\" } }]",
        "stages[0].set.policy.path:",
        "one of algorithm.KEY but preset");
    refused(
        folder,
        "stages = [{ until = 1, set { algorithm.preset = grpo } }]",
        "stages[0].set.algorithm.preset: grpo");
    refused(folder, "stages = [{ until = 1 }]", "stages[0].set: missing");
    refused(
        folder,
        "stages = [{ until = 2, set { learner.epochs = 2 } }, { until = 2, set { learner.epochs ="
            + " 3 } }]",
        "stages[1].until: 2 (expected: an iteration, at least 3)");
    refused(
        folder,
        "stages = [{ until = 1, set { learner.epochs = 0 } }]",
        "stages[0].set: learner.epochs: 0 (expected: at least 1)");
    refused(folder, "stages = [{ util = 1 }]", "stages[0].util: unknown key (expected: until");
  }

  @Test
  void iterationsThatARunCannotHaveAreRefused(@TempDir Path folder) {
    refused(folder, "steps = 3", "run.steps: 100 (expected: a multiple of iterations.steps 3 x");
    refused(folder, "replay = [0.3, 1.5]", "iterations.replay: 1.5 (expected: shares in [0, 1]");
    refused(folder, "advance.alpha = 0.3", "advance.alpha: 0.3 (expected: none, because type");
    refused(folder, "advance.type = average", "advance.alpha: none (expected: a number, because");
    refused(
        folder,
        "advance { type = average, alpha = 1.5 }",
        "advance.alpha: 1.5 (expected: in [0, 1], because type = average)");
    refused(
        folder,
        "advance { type = extrapolate, alpha = 0.1 }, branch.discard = true",
        "branch.discard: true (expected: false, because advance.type = extrapolate)");
    refused(folder, "steps = 2 }\nasync { max-staleness = 1", "async.max-staleness: 1");
    refused(folder, "steps = 2 }\nreference { schedule = ema", "reference.schedule: ema");
    refused(folder, "steps = 2 }\nreference { schedule = refresh, every = 3", "reference.every: 3");
  }

  private static void refused(Path folder, String iterations, String... message) {
    assertThatThrownBy(() -> load(folder, "iterations { " + iterations + " }\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(message)
        .hasMessageContaining("x.conf:");
  }

  @Test
  void thePlanIsAProduct() {
    IterationOptions options =
        new IterationOptions(
            8, 2, List.of(), AdvanceOptions.DEFAULTS, List.of(), BranchOptions.DEFAULTS);
    assertThat(options.plan(48)).isEqualTo("3 iterations of 8 steps, 2 epochs: 48 updates");
    assertThat(options.name(17)).isEqualTo("step 17 (iteration 2, epoch 1)");
    assertThat(IterationOptions.DEFAULTS.name(17)).isEqualTo("step 17");
  }
}
