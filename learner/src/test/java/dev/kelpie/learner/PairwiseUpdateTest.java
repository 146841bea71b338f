package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.rows.MinibatchOrder;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.scoring.NamedModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PairwiseUpdateTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  private static final int VOCABULARY = 384;

  static Experiment experiment(String loss, String pairing, int minibatches, int tokenBudget) {
    AlgorithmOptions defaults = AlgorithmOptions.DEFAULTS;
    AlgorithmOptions algorithm =
        new AlgorithmOptions(
            "online-dpo",
            defaults.advantage(),
            ConfigBlock.of("algorithm.loss", Map.of("type", loss)),
            defaults.valueLoss(),
            defaults.select(),
            ConfigBlock.of("algorithm.pairing", Map.of("type", pairing)),
            defaults.label(),
            defaults.weight(),
            defaults.margin(),
            defaults.responseLabel(),
            defaults.tokenWeight(),
            defaults.klWeight(),
            defaults.tokenReward(),
            Map.of(),
            defaults.rows(),
            KlOptions.DEFAULTS,
            "token-mean",
            0,
            0,
            defaults.entropy(),
            0,
            defaults.overlong(),
            Map.of(),
            defaults.dynamicSampling(),
            false);
    return Steps.experiment(
        POLICY,
        algorithm,
        Steps.value(ValueOptions.Kind.NONE),
        Steps.learner(minibatches, 1, tokenBudget));
  }

  /** A step whose reference log-probabilities are those of the policy's start. */
  private static TrainingBatch batch(long step, Experiment experiment) {
    TrainingBatch made = Steps.batch(step, 4, 4, VOCABULARY, step - 1);
    List<Trajectory> all =
        made.groups().stream()
            .flatMap(group -> group.members().stream())
            .map(ScoredTrajectory::trajectory)
            .toList();
    try (NamedModels models = NamedModelsTest.open(experiment)) {
      return new TrainingBatch(step, made.groups(), models.score(all));
    }
  }

  private static Map<String, float[]> weights(Learner learner) {
    return LearnerTest.weights(learner.snapshot());
  }

  private static TrainedStep oneStep(Experiment experiment, Map<String, float[]> after) {
    try (Learner learner = Learner.open(experiment)) {
      TrainedStep step = learner.train(batch(1, experiment));
      after.putAll(weights(learner));
      return step;
    }
  }

  @Test
  void theFirstStepOfDpoHasTheLossOfAnUndecidedPair() {
    TrainedStep step = oneStep(experiment("sigmoid", "all", 1, 8192), new HashMap<>());
    assertThat(step.metrics().values().get("policy/loss")).isCloseTo(Math.log(2), within(1e-5));
    assertThat(step.metrics().values().get("preference/pairs")).isEqualTo(16); // 2 x 2 of 4 groups
    assertThat(step.pairs()).hasSize(16);
    step.pairs()
        .forEach(
            pair ->
                assertThat(
                        Objects.requireNonNull(
                                step.policyLogprobs()
                                    .get(
                                        new SampleId(
                                            pair.chosen().group(), pair.chosen().sample(), 0)))
                            .sum())
                    .isCloseTo(pair.chosen().logprob(), within(1e-6)));
    for (TrainedPair pair : step.pairs()) {
      assertThat(pair.chosen().score()).isEqualTo(1);
      assertThat(pair.rejected().score()).isEqualTo(0);
      assertThat(pair.chosen().logRatio()).isCloseTo(0, within(1e-3));
      assertThat(pair.chosen().logprob()).isNegative();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sigmoid", "ipo", "aot", "cpo", "simpo"})
  void microbatchesDoNotChangeWhatIsLearnt(String loss) {
    Map<String, float[]> whole = new HashMap<>();
    Map<String, float[]> cut = new HashMap<>();
    oneStep(experiment(loss, "all", 1, 8192), whole);
    oneStep(experiment(loss, "all", 1, 40), cut);
    assertThat(cut).containsOnlyKeys(whole.keySet());
    whole.forEach(
        (name, numbers) ->
            assertThat(cut.get(name)).as(name).containsExactly(numbers, within(2e-4f)));
  }

  @Test
  void raisesTheChosenAboveTheRejectedResponses() {
    Experiment experiment = experiment("sigmoid", "all", 2, 8192);
    TrainingBatch batch = batch(1, experiment);
    try (Learner learner = Learner.open(experiment)) {
      double last = 0;
      for (int step = 1; step <= 5; step++) {
        TrainingBatch again =
            TrainingBatch.ofReference(step, batch.groups(), batch.referenceLogprobs());
        last = learner.train(again).metrics().values().getOrDefault("preference/margin", 0.0);
      }
      assertThat(last).isGreaterThan(0.01);
    }
  }

  @Test
  void responsesInNoPairHaveNoGradient() {
    // With best-worst two responses of each group of four are in no pair. Whatever they say, the
    // weights after the step are the same.
    Experiment experiment = experiment("sigmoid", "best-worst", 1, 8192);
    TrainingBatch batch = batch(1, experiment);
    Map<String, float[]> first = new HashMap<>();
    TrainedStep step;
    try (Learner learner = Learner.open(experiment)) {
      step = learner.train(batch);
      first.putAll(weights(learner));
    }
    List<SampleId> paired =
        step.pairs().stream()
            .flatMap(pair -> Stream.of(pair.chosen(), pair.rejected()))
            .map(side -> new SampleId(side.group(), side.sample(), 0))
            .toList();
    assertThat(paired).hasSize(8);
    assertThat(step.metrics().values().get("preference/unpaired_responses")).isEqualTo(8);
    Map<SampleId, PerToken> reference = new HashMap<>(batch.referenceLogprobs());
    reference.replaceAll(
        (id, numbers) -> paired.contains(id) ? numbers : PerToken.constant(-1, numbers.length()));
    try (Learner learner = Learner.open(experiment)) {
      learner.train(TrainingBatch.ofReference(1, batch.groups(), reference));
      Map<String, float[]> second = weights(learner);
      first.forEach(
          (name, numbers) -> assertThat(second.get(name)).as(name).containsExactly(numbers));
    }
  }

  @Test
  void aStepWithoutAPairLeavesTheWeights() {
    Experiment experiment = experiment("sigmoid", "best-worst", 1, 8192);
    TrainingBatch groups = Steps.batch(1, 3, 1, VOCABULARY, 0);
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> before = weights(learner);
      TrainedStep step = learner.train(groups);
      assertThat(step.pairs()).isEmpty();
      assertThat(step.metrics().values().get("preference/pairs")).isZero();
      assertThat(learner.version().number()).isEqualTo(1);
      Map<String, float[]> after = weights(learner);
      before.forEach(
          (name, numbers) -> assertThat(after.get(name)).as(name).containsExactly(numbers));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "4, 4", "16, 4"})
  void minibatchesAreMadeOfWholeGroups(int minibatches, int updates) {
    TrainingBatch batch = Steps.batch(1, 4, 4, VOCABULARY, 0);
    StepRows rows = StepRows.of(batch, false);
    List<List<Integer>> parts =
        new MinibatchOrder(7, minibatches).ofWholeGroups(rows, rows.trained(), 1, 0);
    assertThat(parts).hasSize(updates);
    List<Integer> seen = new ArrayList<>();
    for (List<Integer> part : parts) {
      part.stream()
          .map(i -> rows.row(i).group())
          .distinct()
          .forEach(
              group ->
                  assertThat(part.stream().filter(i -> rows.row(i).group() == group)).hasSize(4));
      seen.addAll(part);
    }
    assertThat(seen).containsExactlyInAnyOrderElementsOf(rows.trained());
  }

  @Test
  void savedAndRestoredRunEqualsTheUninterruptedOne(@TempDir Path folder) throws Exception {
    Experiment experiment = experiment("sigmoid", "all", 2, 8192);
    Files.createDirectories(folder.resolve("saved"));
    Map<String, float[]> straight = new HashMap<>();
    try (Learner learner = Learner.open(experiment)) {
      learner.train(batch(1, experiment));
      learner.save(folder.resolve("saved"));
      learner.train(batch(2, experiment));
      straight.putAll(weights(learner));
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(folder.resolve("saved"));
      learner.train(batch(2, experiment));
      Map<String, float[]> resumed = weights(learner);
      straight.forEach(
          (name, numbers) -> assertThat(resumed.get(name)).as(name).containsExactly(numbers));
    }
  }

  @Test
  void theRecordedLogprobsAreThoseTheStepBeganWith() {
    Experiment experiment = experiment("sigmoid", "all", 4, 8192);
    TrainedStep step = oneStep(experiment, new HashMap<>());
    assertThat(
            step.pairs().stream()
                .flatMapToDouble(
                    pair -> DoubleStream.of(pair.chosen().logRatio(), pair.rejected().logRatio())))
        .allSatisfy(ratio -> assertThat(ratio).isCloseTo(0, within(1e-3)));
  }
}
