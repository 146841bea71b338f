package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.PolicyOptions.Lora;
import dev.kelpie.config.ValueOptions.Kind;
import dev.kelpie.experience.StepMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code learner.precision = bf16}: what stays float32, and that a run still repeats. */
class LearnerPrecisionTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  private static final int VOCABULARY = 384;

  @TempDir private Path folder = Path.of("");

  private static Experiment experiment(
      Kind kind, boolean adapter, LearnerOptions.Precision format) {
    LearnerOptions of = Steps.learner(2, 2, 1, 60);
    LearnerOptions learner =
        new LearnerOptions(
            of.threads(),
            of.learningRate(),
            of.schedule(),
            of.warmupSteps(),
            of.decaySteps(),
            of.minRatio(),
            of.beta1(),
            of.beta2(),
            of.epsilon(),
            of.weightDecay(),
            of.maxGradNorm(),
            of.minibatches(),
            of.epochs(),
            of.tokenBudget(),
            format);
    KlOptions none = KlOptions.DEFAULTS;
    Experiment made =
        Steps.experiment(
            POLICY,
            kind == Kind.NONE ? Steps.grpo(none, 0) : Steps.gae(none),
            Steps.value(kind),
            learner);
    Lora lora = new Lora("", 4, 8, List.of("all-linear"), false, 0, List.of());
    return adapter
        ? Experiments.with(
            made, new PolicyOptions(POLICY.toString(), PolicyOptions.Init.CHECKPOINT, lora))
        : made;
  }

  private static StepMetrics train(Learner learner, int step) {
    return learner.train(Steps.batch(step, 4, 4, VOCABULARY, step - 1)).metrics();
  }

  @ParameterizedTest
  @EnumSource
  void resumedRunEqualsTheUninterruptedOneBitForBit(Kind kind) throws Exception {
    requireResumes(experiment(kind, false, LearnerOptions.Precision.BF16));
  }

  @Test
  void soDoesOneOfAnAdapter() throws Exception {
    requireResumes(experiment(Kind.NONE, true, LearnerOptions.Precision.BF16));
  }

  private void requireResumes(Experiment experiment) throws Exception {
    Map<String, float[]> straight;
    try (Learner learner = Learner.open(experiment)) {
      train(learner, 1);
      train(learner, 2);
      learner.save(Files.createDirectory(folder.resolve("state")));
      train(learner, 3);
      straight = LearnerTest.weights(learner.snapshot());
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(folder.resolve("state"));
      train(learner, 3);
      Map<String, float[]> resumed = LearnerTest.weights(learner.snapshot());
      assertThat(resumed).containsOnlyKeys(straight.keySet());
      resumed.forEach(
          (name, numbers) -> assertThat(numbers).as(name).containsExactly(straight.get(name)));
    }
  }

  @Test
  void masterWeightsMoveByLessThanBfloat16Holds() {
    Experiment rounded = experiment(Kind.NONE, false, LearnerOptions.Precision.BF16);
    Experiment full = experiment(Kind.NONE, false, LearnerOptions.Precision.FP32);
    try (Learner learner = Learner.open(rounded);
        Learner other = Learner.open(full)) {
      Map<String, float[]> start = LearnerTest.weights(learner.snapshot());
      assertThat(learner.snapshot().tensors()).allMatch(tensor -> tensor.dtype().equals("F32"));
      double loss = train(learner, 1).get("policy/grad_norm");
      double expected = train(other, 1).get("policy/grad_norm");
      assertThat(loss).isNotEqualTo(expected);
      assertThat(loss / expected).isBetween(0.9, 1.1);
      String name = "model.layers.0.mlp.up_proj.weight";
      float[] before = Objects.requireNonNull(start.get(name));
      float[] after = Objects.requireNonNull(LearnerTest.weights(learner.snapshot()).get(name));
      int unseen = 0; // numbers that moved, though their bfloat16 is what it was
      for (int i = 0; i < before.length; i++) {
        boolean same = half(before[i]) == half(after[i]);
        unseen += same && before[i] != after[i] ? 1 : 0;
      }
      assertThat(unseen).isPositive();
    }
  }

  /** Rounded to the nearest number of 8 bits, ties to even, as bits. */
  private static int half(float number) {
    int bits = Float.floatToRawIntBits(number);
    return (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
  }
}
