package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.AdvanceOptions;
import dev.kelpie.config.BranchOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.RunOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What iterations change in the learner. */
class IterationLearnerTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  private static final int VOCABULARY = 384;

  private static Experiment experiment(IterationOptions iterations) {
    Experiment plain =
        Steps.experiment(
            POLICY,
            Steps.grpo(KlOptions.DEFAULTS, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 8192));
    return Experiments.with(plain, new RunOptions("", 12, 1), iterations);
  }

  private static IterationOptions iterations(
      int steps, AdvanceOptions advance, List<ConfigBlock> stages) {
    return new IterationOptions(steps, 1, List.of(), advance, stages, BranchOptions.DEFAULTS);
  }

  /** Samples of the version {@code version}. */
  private static TrainingBatch batch(long step, long version) {
    return Steps.batch(step, 4, 4, VOCABULARY, version);
  }

  private static String optimizerAfterAnIteration(AdvanceOptions.Optimizer optimizer, Path folder)
      throws IOException {
    AdvanceOptions advance =
        new AdvanceOptions(AdvanceOptions.Type.COPY, OptionalDouble.empty(), optimizer);
    try (Learner learner = Learner.open(experiment(iterations(2, advance, List.of())))) {
      learner.train(batch(1, 0));
      learner.train(batch(2, 0));
      learner.save(Files.createDirectories(folder));
    }
    return Files.readString(folder.resolve("learner.json"));
  }

  @Test
  void theOptimizerKeepsItsStateUnlessItIsReset(@TempDir Path folder) throws IOException {
    assertThat(optimizerAfterAnIteration(AdvanceOptions.Optimizer.KEEP, folder.resolve("a")))
        .contains("\"policyUpdates\" : 2");
    assertThat(optimizerAfterAnIteration(AdvanceOptions.Optimizer.RESET, folder.resolve("b")))
        .contains("\"policyUpdates\" : 0");
    assertThat(Files.readAllBytes(folder.resolve("a/optimizer.safetensors")))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("b/optimizer.safetensors")));
  }

  @Test
  void aStageHasItsLearningRate() {
    ConfigBlock stage =
        ConfigBlock.of(
            "iterations.stages[0]",
            Map.of("until", 1, "set", Map.of("learner.learning-rate", 0.0625)));
    IterationOptions iterations = iterations(1, AdvanceOptions.DEFAULTS, List.of(stage));
    Experiment experiment = experiment(iterations);
    try (Learner learner = Learner.open(experiment)) {
      assertThat(learner.train(batch(1, 0)).metrics().get("policy/lr")).isEqualTo(0.0625);
      assertThat(learner.train(batch(2, 1)).metrics().get("policy/lr"))
          .isEqualTo(experiment.learner().learningRate());
    }
  }

  @Test
  void samplesOfTheIterationsStartAreComparedWithTheWeightsBeforeTheUpdate() {
    // Without iterations, tokens of an older version keep what the rollout reported, which is made
    // up here.
    assertThat(secondStep(iterations(1, AdvanceOptions.DEFAULTS, List.of()), 0)).isNotEqualTo(0.0);
    assertThat(secondStep(iterations(2, AdvanceOptions.DEFAULTS, List.of()), 0)).isZero();
  }

  private static double secondStep(IterationOptions iterations, long version) {
    try (Learner learner = Learner.open(experiment(iterations))) {
      learner.train(batch(1, 0));
      StepMetrics metrics = learner.train(batch(2, version)).metrics();
      assertThat(metrics.get("staleness/max")).isEqualTo(1);
      return metrics.get("policy/approx_kl");
    }
  }

  @Test
  void theWeightsThatSampleTheIterationAreThereUntilItEndsAndAfterAResume(@TempDir Path folder)
      throws IOException {
    Experiment experiment = experiment(iterations(3, AdvanceOptions.DEFAULTS, List.of()));
    try (Learner learner = Learner.open(experiment);
        Learner resumed = Learner.open(experiment)) {
      Map<String, float[]> start = LearnerTest.weights(learner.snapshot());
      assertThat(learner.samplingWeights()).isEmpty();
      learner.train(batch(1, 0));
      learner.train(batch(2, 0));
      learner.save(folder);
      resumed.restore(folder);
      for (Learner each : List.of(learner, resumed)) {
        WeightSnapshot sampling = each.samplingWeights().orElseThrow();
        assertThat(sampling.version()).isEqualTo(new PolicyVersion(0));
        Map<String, float[]> weights = LearnerTest.weights(sampling);
        assertThat(weights).containsOnlyKeys(start.keySet());
        start.forEach((name, numbers) -> assertThat(weights.get(name)).isEqualTo(numbers));
        each.train(batch(3, 0));
        assertThat(each.samplingWeights()).isEmpty();
      }
      Files.delete(folder.resolve("iteration-v0.safetensors"));
      assertThatThrownBy(() -> resumed.restore(folder))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("iteration-v0.safetensors: missing (expected: the weights that");
    }
  }
}
