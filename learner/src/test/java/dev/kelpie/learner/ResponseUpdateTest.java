package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseUpdateTest {
  /** Keeps Adam from turning the rounding of a gradient near 0 into a whole step. */
  private static final String SMOOTH = "learner.epsilon=1e-4";

  private static Experiment experiment(String loss, String label, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "algorithm.preset=kto",
                "algorithm.loss.type=" + loss,
                "algorithm.response-label.type=" + label));
    overrides.addAll(List.of(more));
    return Preferences.experiment(overrides.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    // at policy = reference every log-ratio is 0: sigmoid(0) = 1/2, -log sigmoid(0) = ln 2
    "kto, threshold, 0.5",
    "kto, mean, 0.5",
    "apo-zero-unpaired, best, 0.5",
    "bco, threshold, 0.693147",
    "trpa-single, threshold, 0.693147",
    "poft, all, 0.693147",
    "optimism, all, 0",
    // 4 items, 2 of relevance 1: the others' surprise is log 3; gains 1 / log2(1 + position) of
    // positions 1 3 in even groups (1 + 1/2) and 2 4 in odd ones (1/log2(3) + 1/log2(5)); log(4)
    // times their mean over two groups of each kind, (1.5 + 1.061606) / 2
    "ranked-list, score, 1.775567"
  })
  void theFirstStepHasTheLossOfEqualModels(String loss, String label, double expected) {
    Map<String, Double> metrics = Preferences.oneStep(experiment(loss, label), new HashMap<>());
    assertThat(metrics.get("policy/loss")).isCloseTo(expected, within(1e-5));
    assertThat(metrics.get("preference/responses")).isEqualTo(16);
    assertThat(metrics.get("preference/unlabelled_responses")).isZero();
  }

  @Test
  void halfOfTheResponsesAreDesirable() {
    Map<String, Double> metrics =
        Preferences.oneStep(experiment("kto", "threshold"), new HashMap<>());
    assertThat(metrics.get("preference/desirable")).isEqualTo(0.5); // scores are 0 and 1 in turn
  }

  @ParameterizedTest
  @ValueSource(strings = {"kto", "bco", "ranked-list"})
  void microbatchesDoNotChangeWhatIsLearnt(String loss) {
    String label = loss.equals("ranked-list") ? "score" : "threshold";
    Map<String, float[]> whole = new HashMap<>();
    Map<String, float[]> cut = new HashMap<>();
    Preferences.oneStep(experiment(loss, label, SMOOTH, "learner.token-budget=8192"), whole);
    Preferences.oneStep(experiment(loss, label, SMOOTH, "learner.token-budget=40"), cut);
    whole.forEach(
        (name, numbers) ->
            assertThat(cut.get(name)).as(name).containsExactly(numbers, within(2e-4f)));
  }

  @Test
  void moreOfTheDesirableAndLessOfTheOthersIsLearnt() {
    Experiment experiment = experiment("kto", "threshold");
    TrainingBatch batch = Preferences.batch(1, experiment);
    try (Learner learner = Learner.open(experiment);
        ReferencePolicy now = follower()) {
      double before = gap(now, batch);
      for (int step = 1; step <= 4; step++) {
        learner.train(again(step, batch));
      }
      now.observe(learner.snapshot());
      assertThat(gap(now, batch)).isGreaterThan(before + 0.1);
    }
  }

  /** Mean summed log-probability of the responses of score 1 minus that of the others. */
  private static double gap(ReferencePolicy policy, TrainingBatch batch) {
    List<ScoredTrajectory> members = members(batch);
    Map<SampleId, PerToken> scores = policy.score(trajectories(batch));
    double gap = 0;
    for (ScoredTrajectory member : members) {
      double sum = sum(Objects.requireNonNull(scores.get(member.trajectory().id())));
      gap += member.reward() == 1 ? sum : -sum;
    }
    return gap / members.size();
  }

  @Test
  void theShiftOfKtoIsTheLogRatioUnderThePromptsOfOthers() {
    Experiment experiment =
        experiment(
            "kto",
            "threshold",
            "algorithm.response-label.at=-1", // all are desirable, so that the shift is above 0
            "learner.learning-rate=1e-2");
    TrainingBatch batch = Preferences.batch(1, experiment);
    List<Trajectory> swapped = mismatched(batch);
    try (Learner learner = Learner.open(experiment);
        ReferencePolicy start = follower();
        ReferencePolicy now = follower()) {
      double largest = 0;
      for (int step = 1; step <= 4; step++) {
        double expected = 0;
        Map<SampleId, PerToken> policy = now.score(swapped);
        Map<SampleId, PerToken> reference = start.score(swapped);
        for (Trajectory trajectory : swapped) {
          expected +=
              sum(Objects.requireNonNull(policy.get(trajectory.id())))
                  - sum(Objects.requireNonNull(reference.get(trajectory.id())));
        }
        expected = Math.max(0, expected / swapped.size());
        Map<String, Double> metrics = learner.train(again(step, batch)).metrics().values();
        assertThat(metrics.get("preference/shift")).isCloseTo(expected, within(1e-3));
        largest = Math.max(largest, expected);
        now.observe(learner.snapshot());
      }
      assertThat(largest).as("a shift that says something").isGreaterThan(0);
    }
  }

  /** Every response under the prompt of the next group. */
  private static List<Trajectory> mismatched(TrainingBatch batch) {
    List<Trajectory> all = new ArrayList<>();
    for (int g = 0; g < batch.groups().size(); g++) {
      TrajectoryGroup other = batch.groups().get((g + 1) % batch.groups().size());
      Prompt prompt = other.members().get(0).trajectory().prompt();
      for (ScoredTrajectory member : batch.groups().get(g).members()) {
        Trajectory own = member.trajectory();
        all.add(Steps.trajectory(own.id(), prompt.tokens(), own.response(), 0));
      }
    }
    return all;
  }

  @Test
  void theShiftOfBcoIsTheMeanOfAllRewardsSoFar() {
    // beta 0.1; after one step the log-ratios of the 16 responses have moved: delta of step 2 is
    // (16 x 0 + sum of the rewards before step 2) / 32
    Experiment experiment = experiment("bco", "threshold", "learner.learning-rate=1e-2");
    TrainingBatch batch = Preferences.batch(1, experiment);
    try (Learner learner = Learner.open(experiment);
        ReferencePolicy start = follower();
        ReferencePolicy now = follower()) {
      learner.train(again(1, batch));
      now.observe(learner.snapshot());
      List<Trajectory> all = trajectories(batch);
      Map<SampleId, PerToken> policy = now.score(all);
      Map<SampleId, PerToken> reference = start.score(all);
      double rewards = 0;
      for (Trajectory trajectory : all) {
        rewards +=
            0.1
                * (sum(Objects.requireNonNull(policy.get(trajectory.id())))
                    - sum(Objects.requireNonNull(reference.get(trajectory.id()))));
      }
      Map<String, Double> second = learner.train(again(2, batch)).metrics().values();
      assertThat(second.get("preference/shift")).isCloseTo(rewards / 32, within(1e-3));
      assertThat(Math.abs(rewards / 32)).isGreaterThan(5e-3);
    }
  }

  @ParameterizedTest
  @CsvSource({"bco, frozen", "kto, previous", "kto, ema"})
  void savedAndRestoredRunEqualsTheUninterruptedOne(
      String loss, String schedule, @TempDir Path folder) throws Exception {
    Experiment experiment =
        experiment(loss, "threshold", "reference.schedule=" + schedule, "learner.minibatches=2");
    TrainingBatch batch = Preferences.batch(1, experiment);
    Files.createDirectories(folder.resolve("saved"));
    Map<String, float[]> straight = new HashMap<>();
    try (Learner learner = Learner.open(experiment)) {
      learner.train(again(1, batch));
      learner.train(again(2, batch));
      learner.save(folder.resolve("saved"));
      learner.train(again(3, batch));
      straight.putAll(Preferences.weights(learner));
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(folder.resolve("saved"));
      learner.train(again(3, batch));
      Map<String, float[]> resumed = Preferences.weights(learner);
      straight.forEach(
          (name, numbers) -> assertThat(resumed.get(name)).as(name).containsExactly(numbers));
    }
  }

  @Test
  void aStepWithoutALabelLeavesTheWeights() {
    Experiment experiment = experiment("apo-zero-unpaired", "mean"); // equal scores: no label
    TrainingBatch groups =
        Preferences.scored(experiment, Steps.batch(1, 3, 1, Preferences.VOCABULARY, 0));
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> before = Preferences.weights(learner);
      Map<String, Double> metrics = learner.train(groups).metrics().values();
      assertThat(metrics.get("preference/responses")).isZero();
      assertThat(learner.version().number()).isEqualTo(1);
      Map<String, float[]> after = Preferences.weights(learner);
      before.forEach(
          (name, numbers) -> assertThat(after.get(name)).as(name).containsExactly(numbers));
    }
  }

  /** A scorer that takes over every version that it is shown. */
  private static ReferencePolicy follower() {
    return ReferencePolicy.open(
        experiment("apo-zero-unpaired", "threshold", "reference.schedule=previous"));
  }

  private static TrainingBatch again(long step, TrainingBatch batch) {
    return new TrainingBatch(step, batch.groups(), batch.numbers());
  }

  private static List<ScoredTrajectory> members(TrainingBatch batch) {
    return batch.groups().stream().flatMap(group -> group.members().stream()).toList();
  }

  private static List<Trajectory> trajectories(TrainingBatch batch) {
    return members(batch).stream().map(ScoredTrajectory::trajectory).toList();
  }

  private static double sum(PerToken numbers) {
    double sum = 0;
    for (int t = 0; t < numbers.length(); t++) {
      sum += numbers.get(t);
    }
    return sum;
  }
}
