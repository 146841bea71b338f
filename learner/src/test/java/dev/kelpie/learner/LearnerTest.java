package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.tensors.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LearnerTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  private static final int VOCABULARY = 384;
  private static final KlOptions NO_KL = KlOptions.DEFAULTS;
  private static final KlOptions KL_IN_REWARD =
      new KlOptions(0.05, "k1", KlOptions.Place.REWARD, 0, 10_000);
  private static final KlOptions ADAPTIVE =
      new KlOptions(0.05, "k3", KlOptions.Place.LOSS, 0.1, 100);

  @ParameterizedTest
  @EnumSource(ValueOptions.Kind.class)
  void microbatchesDoNotChangeWhatIsLearnt(ValueOptions.Kind kind) {
    Map<String, float[]> whole = afterOneStep(kind, 1, 8192);
    requireClose(afterOneStep(kind, 1, 40), whole);
    requireClose(afterOneStep(kind, 3, 40), whole);
    requireClose(afterOneStep(kind, 2, 8192), whole);
  }

  @ParameterizedTest
  @EnumSource(ValueOptions.Kind.class)
  void lanesLearnTheSameBitsEachTime(ValueOptions.Kind kind) {
    Map<String, float[]> first = afterOneStep(kind, 3, 40);
    for (int i = 0; i < 3; i++) {
      Map<String, float[]> again = afterOneStep(kind, 3, 40);
      assertThat(again).containsOnlyKeys(first.keySet());
      first.forEach(
          (name, numbers) -> assertThat(again.get(name)).as(name).containsExactly(numbers));
    }
  }

  private static void requireClose(Map<String, float[]> cut, Map<String, float[]> whole) {
    assertThat(cut).containsOnlyKeys(whole.keySet());
    // Adam's first step is +-rate whatever the gradient's size, so compare what it moved.
    whole.forEach(
        (name, numbers) ->
            assertThat(cut.get(name)).as(name).containsExactly(numbers, within(2e-4f)));
  }

  private static Map<String, float[]> afterOneStep(
      ValueOptions.Kind kind, int threads, int tokenBudget) {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            kind == ValueOptions.Kind.NONE ? Steps.grpo(ADAPTIVE, 0.01) : Steps.gae(NO_KL),
            Steps.value(kind),
            Steps.learner(threads, 1, 1, tokenBudget));
    try (Learner learner = Learner.open(experiment)) {
      learner.train(Steps.batch(1, 4, 4, VOCABULARY, 0));
      return weights(learner.snapshot());
    }
  }

  @Test
  void firstUpdateTakesItsOwnLogprobsAsOld() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.grpo(NO_KL, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 8192));
    try (Learner learner = Learner.open(experiment)) {
      StepMetrics metrics = learner.train(Steps.batch(1, 2, 4, VOCABULARY, 0)).metrics();
      assertThat(metrics.get("policy/approx_kl")).isZero(); // ratio exactly 1
      assertThat(metrics.get("policy/clip_frac")).isZero();
      // rewards 1, 0, 1, 0 in each group: mean 1/2, every deviation 1/2
      assertThat(metrics.get("reward/mean")).isEqualTo(0.5);
      assertThat(metrics.get("reward/std")).isCloseTo(0.5, within(1e-9));
      assertThat(metrics.get("reward/answer/mean")).isEqualTo(0.5);
      assertThat(metrics.get("reward/frac_zero_std")).isZero();
      assertThat(metrics.get("policy/grad_norm")).isPositive();
      assertThat(learner.version()).isEqualTo(new PolicyVersion(1));
    }
  }

  @Test
  void laterUpdatesMoveAwayFromTheOldPolicy() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.grpo(NO_KL, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(2, 2, 8192));
    try (Learner learner = Learner.open(experiment)) {
      StepMetrics metrics = learner.train(Steps.batch(1, 4, 4, VOCABULARY, 0)).metrics();
      assertThat(metrics.get("policy/approx_kl")).isNotZero().isBetween(-0.5, 0.5);
    }
  }

  @ParameterizedTest
  @CsvSource({"decoupled-ppo, true", "ppo-clip, false"})
  void decoupledPpoRecomputesTheProximalPolicyOfStaleTokens(String loss, boolean recomputes) {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.withLoss(loss),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(2, 1, 8192));
    try (Learner learner = Learner.open(experiment)) {
      learner.train(Steps.batch(1, 4, 4, VOCABULARY, 0));
      // The learner is at version 1; these were drawn by version 0.
      StepMetrics metrics = learner.train(Steps.batch(2, 4, 4, VOCABULARY, 0)).metrics();
      // The mean of rollout - old: 0 where old is what the rollout reported, so every weight is 1.
      if (recomputes) {
        assertThat(metrics.get("mismatch/kl")).isNotZero();
      } else {
        assertThat(metrics.get("mismatch/kl")).isZero();
      }
    }
  }

  @Test
  void savedAndRestoredRunEqualsTheUninterruptedOneBitForBit(@TempDir Path folder)
      throws Exception {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.gae(KL_IN_REWARD),
            Steps.value(ValueOptions.Kind.SEPARATE),
            Steps.learner(2, 1, 60));
    Map<String, float[]> straight;
    try (Learner learner = Learner.open(experiment)) {
      for (int step = 1; step <= 4; step++) {
        learner.train(Steps.batch(step, 4, 4, VOCABULARY, step - 1));
        if (step == 2) {
          learner.save(Files.createDirectory(folder.resolve("state")));
        }
      }
      straight = weights(learner.snapshot());
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(folder.resolve("state"));
      assertThat(learner.version()).isEqualTo(new PolicyVersion(2));
      for (int step = 3; step <= 4; step++) {
        learner.train(Steps.batch(step, 4, 4, VOCABULARY, step - 1));
      }
      Map<String, float[]> resumed = weights(learner.snapshot());
      assertThat(resumed.keySet()).isEqualTo(straight.keySet());
      resumed.forEach((name, values) -> assertThat(values).as(name).isEqualTo(straight.get(name)));
    }
  }

  @Test
  void sharedValueHeadSurvivesSaveAndRestore(@TempDir Path folder) throws Exception {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.gae(NO_KL),
            Steps.value(ValueOptions.Kind.SHARED),
            Steps.learner(1, 1, 8192));
    double straight;
    Path state = Files.createDirectory(folder.resolve("shared"));
    try (Learner learner = Learner.open(experiment)) {
      learner.train(Steps.batch(1, 4, 4, VOCABULARY, 0));
      learner.save(state);
      straight = learner.train(Steps.batch(2, 4, 4, VOCABULARY, 1)).metrics().get("value/loss");
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(state);
      double resumed =
          learner.train(Steps.batch(2, 4, 4, VOCABULARY, 1)).metrics().get("value/loss");
      assertThat(resumed).isEqualTo(straight);
    }
  }

  @Test
  void countsWhatCannotTeachAndGoesOn() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.grpo(NO_KL, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 8192));
    GroupId id = new GroupId(Purpose.ROLLOUT, 1, 0);
    TokenIds prompt = TokenIds.of(1, 2, 3);
    List<ScoredTrajectory> members = new ArrayList<>();
    for (int k = 0; k < 3; k++) {
      TokenIds response = k == 0 ? TokenIds.empty() : TokenIds.of(7, 8, 9);
      members.add(
          new ScoredTrajectory(
              Steps.trajectory(new SampleId(id, k, 0), prompt, response, 0),
              new Score(1, Map.of())));
    }
    FailedTrajectory failed =
        new FailedTrajectory(
            Steps.trajectory(new SampleId(id, 3, 0), prompt, TokenIds.of(4), 0), "timed out");
    TrajectoryGroup group = new TrajectoryGroup(id, members, List.of(failed));
    try (Learner learner = Learner.open(experiment)) {
      StepMetrics metrics =
          learner.train(TrainingBatch.ofReference(1, List.of(group), Map.of())).metrics();
      assertThat(metrics.get("reward/frac_zero_std")).isEqualTo(1);
      assertThat(metrics.get("reward/failed")).isEqualTo(1);
      assertThat(metrics.get("data/empty_responses")).isEqualTo(1);
      StepMetrics nothing =
          learner.train(TrainingBatch.ofReference(2, List.of(), Map.of())).metrics();
      assertThat(nothing.get("data/responses")).isZero();
      assertThat(learner.version()).isEqualTo(new PolicyVersion(2));
    }
  }

  @Test
  void namesTheTrajectoriesOfALossThatIsNotFinite() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.grpo(new KlOptions(0.1, "k3", KlOptions.Place.LOSS, 0, 10_000), 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 8192));
    TrainingBatch good = Steps.batch(1, 2, 2, VOCABULARY, 0);
    SampleId broken = new SampleId(new GroupId(Purpose.ROLLOUT, 1, 1), 0, 0);
    Map<SampleId, PerToken> reference = new HashMap<>(good.referenceLogprobs());
    reference.computeIfPresent(
        broken, (id, numbers) -> PerToken.constant(Float.NaN, numbers.length()));
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> before = weights(learner.snapshot());
      assertThatThrownBy(
              () -> learner.train(TrainingBatch.ofReference(1, good.groups(), reference)))
          .isInstanceOf(NonFiniteException.class)
          .hasMessage("policy/loss: NaN (expected: finite), trajectories [1/1/0]");
      assertThat(weights(learner.snapshot())).usingRecursiveComparison().isEqualTo(before);
      learner.train(good); // and the gradients of the broken step are gone
    }
  }

  @Test
  void leavesNumberOfLiveArraysUnchangedOverThreeSteps() {
    Experiment experiment =
        Steps.experiment(
            POLICY,
            Steps.gae(KL_IN_REWARD),
            Steps.value(ValueOptions.Kind.SEPARATE),
            Steps.learner(2, 1, 60));
    try (Learner learner = Learner.open(experiment)) {
      learner.train(Steps.batch(1, 4, 4, VOCABULARY, 0));
      int before = NativeMemory.liveArrays();
      for (int step = 2; step <= 4; step++) {
        learner.train(Steps.batch(step, 4, 4, VOCABULARY, step - 1));
      }
      assertThat(NativeMemory.liveArrays()).isEqualTo(before);
    }
  }

  static Map<String, float[]> weights(WeightSnapshot snapshot) {
    Map<String, float[]> weights = new TreeMap<>();
    for (Tensor tensor : snapshot.tensors()) {
      ByteBuffer all = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
      snapshot.read(tensor, 1000, all::put);
      float[] values = new float[(int) tensor.elements()];
      all.flip().asFloatBuffer().get(values);
      weights.put(tensor.name(), values);
    }
    return weights;
  }
}
