package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.token.TokenRule;
import dev.kelpie.learner.token.TokenRules;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TokenChannelTest {
  private static final Path QUICKSTART = Path.of("../configs/quickstart/policy");
  private static final SampleId ID = new SampleId(new GroupId(Purpose.ROLLOUT, 1, 0), 0, 0);

  private static StepRows rows(TokenIds response, Map<String, PerToken> numbers) {
    Trajectory trajectory = Steps.trajectory(ID, TokenIds.of(1, 2), response, 0);
    Map<String, Map<SampleId, PerToken>> bySample = new HashMap<>();
    numbers.forEach((name, given) -> bySample.put(name, Map.of(ID, given)));
    TrajectoryGroup group =
        new TrajectoryGroup(
            ID.group(),
            List.of(new ScoredTrajectory(trajectory, new Score(1, Map.of()))),
            List.of());
    return StepRows.of(new TrainingBatch(1, List.of(group), bySample), false);
  }

  private static float[] numbers(Map<String, ?> options, StepRows rows) {
    Map<String, Object> all = new HashMap<>(options);
    all.put("type", "numbers");
    TokenRule rule = TokenRules.of(ConfigBlock.of("algorithm.token-weight", all)).orElseThrow();
    return rule.numbers(0, rows).toArray();
  }

  @Test
  void numbersAreShapedDifferences() {
    StepRows rows =
        rows(
            TokenIds.of(5, 6, 7),
            Map.of("good", PerToken.of(-1f, -2f, -3f), "bad", PerToken.of(-1f, -4f, -1f)));
    // differences 0, 2, -2
    assertThat(numbers(Map.of("of", "good", "minus", "bad", "scale", 0.5), rows))
        .containsExactly(0f, 1f, -1f);
    // T-REG's token rewards: sigmoid - 1/2, so that equal models give 0
    float[] rewards =
        numbers(Map.of("of", "good", "minus", "bad", "shape", "sigmoid", "offset", -0.5), rows);
    assertThat(rewards[0]).isZero();
    assertThat(rewards[1]).isCloseTo(0.3808f, within(1e-4f)); // sigmoid(2) - 1/2
    assertThat(rewards[2]).isCloseTo(-0.3808f, within(1e-4f));
    assertThat(numbers(Map.of("of", "good", "minus", "bad", "low", -1.5, "high", 1.5), rows))
        .containsExactly(0f, 1.5f, -1.5f);
    assertThat(numbers(Map.of("of", "good", "reduce", "mean"), rows)).containsExactly(0f, 0f, -2f);
    assertThat(numbers(Map.of("of", "good", "reduce", "sum"), rows)).containsExactly(0f, 0f, -6f);
    assertThat(numbers(Map.of("of", "good", "reduce", "relative"), rows))
        .containsExactly(0.5f, 1f, 1.5f);
  }

  @Test
  void equalNumbersGiveEqualWeightsAndAPlantedOneTheLargest() {
    // critical tokens: exp(negative - positive) over its mean; the second token is the critical one
    PerToken positive = PerToken.of(-1f, -5f, -2f);
    Map<String, Object> options =
        Map.of("of", "negative", "minus", "positive", "shape", "exp", "reduce", "relative");
    TokenIds response = TokenIds.of(5, 6, 7);
    assertThat(numbers(options, rows(response, Map.of("positive", positive, "negative", positive))))
        .containsExactly(1f, 1f, 1f);
    float[] planted =
        numbers(
            options,
            rows(response, Map.of("positive", positive, "negative", PerToken.of(-1f, -1f, -2f))));
    assertThat(planted[1]).isGreaterThan(planted[0]).isGreaterThan(planted[2]);
  }

  @Test
  void spansAreMatchesInTheTextOfTheTokens() {
    try (Tokenizer tokenizer = Tokenizer.open(QUICKSTART)) {
      TokenIds response = tokenizer.encode("2+3*4=1", false);
      assertThat(tokenizer.decode(response, false)).isEqualTo("2+3*4=1");
      assertThat(response.length()).as("a token for each character").isEqualTo(7);
      TokenRule rule =
          TokenRules.of(
                  ConfigBlock.of(
                      "algorithm.token-weight",
                      Map.of("type", "span", "pattern", "\\+.*?=", "inside", 0, "outside", 2)),
                  () -> tokenizer)
              .orElseThrow();
      assertThat(rule.numbers(0, rows(response, Map.of())).toArray())
          .containsExactly(2f, 0f, 0f, 0f, 0f, 0f, 2f);
    }
  }

  private static Experiment grpo(String... overrides) {
    return Preferences.experiment(overrides);
  }

  private static TrainedStep train(
      Experiment experiment, TrainingBatch batch, Map<String, float[]> after) {
    try (Learner learner = Learner.open(experiment)) {
      TrainedStep step = learner.train(batch);
      after.putAll(Preferences.weights(learner));
      return step;
    }
  }

  @Test
  void aTokenRewardOfZeroChangesNoBitOfAPolicyGradient() {
    TrainingBatch batch = Steps.batch(1, 4, 4, Preferences.VOCABULARY, 0);
    Map<String, float[]> plain = new HashMap<>();
    Map<String, float[]> rewarded = new HashMap<>();
    train(grpo(), batch, plain);
    train(
        grpo("algorithm.token-reward={ type = numbers, of = reference, scale = 0 }"),
        batch,
        rewarded);
    plain.forEach(
        (name, numbers) -> assertThat(rewarded.get(name)).as(name).containsExactly(numbers));
  }

  @Test
  void denseRewardsAddUpToTheDifferenceOfTwoModels() {
    // DPO's log-probabilities minus the reference's, times b1 = 2, at every token: without a
    // baseline the return of a response's first token is its reward and 2 (sum dpo - sum reference)
    TrainingBatch made = Steps.batch(1, 2, 2, Preferences.VOCABULARY, 0);
    Experiment experiment =
        grpo(
            "algorithm.advantage.type=reinforce-return",
            "algorithm.token-reward={ type = numbers, of = policy, minus = reference, scale = 2 }");
    TrainedStep step = train(experiment, made, new HashMap<>());
    Map<SampleId, PerToken> policy;
    try (ReferencePolicy start = ReferencePolicy.open(experiment)) {
      policy =
          start.score(
              made.groups().stream()
                  .flatMap(group -> group.members().stream())
                  .map(ScoredTrajectory::trajectory)
                  .toList());
    }
    for (TrajectoryGroup group : made.groups()) {
      for (ScoredTrajectory member : group.members()) {
        SampleId id = member.trajectory().id();
        double sum = member.reward();
        for (int t = 0; t < member.trajectory().response().length(); t++) {
          sum +=
              2
                  * (Objects.requireNonNull(policy.get(id)).get(t)
                      + 5); // the made-up reference is -5 everywhere
        }
        assertThat((double) Objects.requireNonNull(step.advantages().get(id)).get(0))
            .isCloseTo(sum, within(1e-3));
      }
    }
  }

  @Test
  void selfCertaintyIsARewardOfItsOwn() {
    // Scores are left out (reward-clip tiny): groups differ by self-certainty alone.
    TrainingBatch batch = Steps.batch(1, 4, 4, Preferences.VOCABULARY, 0);
    TrainedStep step =
        train(
            grpo(
                "algorithm.reward-clip=1e-12",
                "algorithm.token-reward={ type = numbers, of = self-certainty, reduce = mean }"),
            batch,
            new HashMap<>());
    for (TrajectoryGroup group : batch.groups()) {
      double sum = 0;
      double largest = 0;
      for (ScoredTrajectory member : group.members()) {
        double advantage =
            Objects.requireNonNull(step.advantages().get(member.trajectory().id())).get(0);
        sum += advantage;
        largest = Math.max(largest, Math.abs(advantage));
      }
      assertThat(sum).isCloseTo(0, within(1e-4));
      assertThat(largest).isGreaterThan(0.5);
    }
  }

  @Test
  void tokensOfWeightZeroHaveNoGradientInAPolicyLoss() {
    Experiment experiment = grpo("algorithm.token-weight={ type = numbers, scale = 0 }");
    TrainingBatch batch = Steps.batch(1, 4, 4, Preferences.VOCABULARY, 0);
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> before = Preferences.weights(learner);
      learner.train(batch);
      Map<String, float[]> after = Preferences.weights(learner);
      before.forEach(
          (name, numbers) -> assertThat(after.get(name)).as(name).containsExactly(numbers));
    }
  }
}
