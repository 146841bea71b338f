package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.rows.MinibatchOrder;
import dev.kelpie.learner.rows.StepRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Further terms beside a policy loss. */
class PolicyTermsTest {
  private static final String GOLD = "members.gold={column = c}";
  private static final String SAMPLED = "algorithm.rows=sampled";
  private static final float EXACT = 1e-6f;

  /**
   * Optimiser steps that subtract the gradient: Adam's first step is rate g / (|g| + epsilon), and
   * epsilon and the rate are both 1e6.
   */
  private static Experiment experiment(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "learner.epsilon=1e6",
                "learner.learning-rate=1e6",
                "learner.max-grad-norm=0",
                "learner.token-budget=8192"));
    overrides.addAll(List.of(more));
    return Preferences.experiment(overrides.toArray(String[]::new));
  }

  private static String imitate(double weight) {
    return "algorithm.terms.imitate={ rows = member, member = gold, loss { type = sft }, weight = "
        + weight
        + " }";
  }

  /** 4 groups of 3 samples and a response of the member gold, which came with the prompt. */
  private static TrainingBatch batch() {
    TrainingBatch sampled = Steps.batch(1, 4, 4, Preferences.VOCABULARY, 0);
    List<TrajectoryGroup> groups = new ArrayList<>();
    for (TrajectoryGroup group : sampled.groups()) {
      List<ScoredTrajectory> members = new ArrayList<>(group.members().subList(0, 3));
      ScoredTrajectory last = group.members().get(3);
      Trajectory written = last.trajectory();
      Trajectory given =
          new Trajectory(
              written.id(),
              written.prompt(),
              written.response(),
              "",
              PerToken.empty(),
              PerToken.empty(),
              TokenVersions.of(),
              FinishReason.STOP,
              new Origin("gold", Provenance.HUMAN, OptionalDouble.empty()),
              Steps.SAMPLING);
      members.add(new ScoredTrajectory(given, last.score()));
      groups.add(new TrajectoryGroup(group.id(), members, List.of()));
    }
    return TrainingBatch.ofReference(1, groups, Map.of());
  }

  /** Those responses of {@code batch} that are wanted. */
  private static TrainingBatch only(TrainingBatch batch, Predicate<Trajectory> wanted) {
    List<TrajectoryGroup> groups =
        batch.groups().stream()
            .map(
                group ->
                    new TrajectoryGroup(
                        group.id(),
                        group.members().stream()
                            .filter(member -> wanted.test(member.trajectory()))
                            .toList(),
                        List.of()))
            .toList();
    return TrainingBatch.ofReference(batch.step(), groups, Map.of());
  }

  /** What one step of a fresh learner takes off the weights. */
  private static Map<String, float[]> gradient(Experiment experiment, TrainingBatch batch) {
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> start = Preferences.weights(learner);
      learner.train(batch);
      Map<String, float[]> moved = new HashMap<>();
      Preferences.weights(learner)
          .forEach(
              (name, end) -> {
                float[] from = Objects.requireNonNull(start.get(name));
                float[] gradient = new float[from.length];
                for (int i = 0; i < gradient.length; i++) {
                  gradient[i] = from[i] - end[i];
                }
                moved.put(name, gradient);
              });
      return moved;
    }
  }

  private static Map<String, Double> metrics(Experiment experiment, TrainingBatch batch) {
    try (Learner learner = Learner.open(experiment)) {
      return learner.train(batch).metrics().values();
    }
  }

  /** Requires {@code all = a * one + b * other}, of which {@code other} is not nearly 0. */
  private static void requireSum(
      Map<String, float[]> all,
      double a,
      Map<String, float[]> one,
      double b,
      Map<String, float[]> other) {
    float largest = 0;
    for (Map.Entry<String, float[]> second : other.entrySet()) {
      float[] sum = Objects.requireNonNull(all.get(second.getKey()));
      float[] first = Objects.requireNonNull(one.get(second.getKey()));
      for (int i = 0; i < sum.length; i++) {
        float added = (float) (b * second.getValue()[i]);
        assertThat(sum[i])
            .as(second.getKey())
            .isCloseTo((float) (a * first[i] + added), within(EXACT));
        largest = Math.max(largest, Math.abs(added));
      }
    }
    assertThat(largest).isGreaterThan(100 * EXACT);
  }

  @ParameterizedTest
  @CsvSource({
    "grpo, none, 8192, 1",
    "grpo, none, 40, 1",
    "grpo, none, 40, 3",
    "ppo, separate, 40, 1",
    "ppo, shared, 40, 3"
  })
  void theGradientIsThatOfThePolicyLossPlusTheWeightedOneOfTheTerm(
      String preset, String values, int tokenBudget, int threads) {
    String[] common = {
      "algorithm.preset=" + preset,
      "algorithm.kl.coef=0",
      "value.kind=" + values,
      "learner.threads=" + threads,
      "learner.token-budget=" + tokenBudget
    };
    Map<String, float[]> policy =
        gradient(experiment(common), only(batch(), Trajectory::generated));
    Map<String, float[]> likelihood =
        gradient(
            experiment("algorithm.loss.type=sft"),
            only(batch(), response -> !response.generated()));
    List<String> both = new ArrayList<>(List.of(common));
    both.addAll(List.of(GOLD, SAMPLED, imitate(0.3)));
    requireSum(
        gradient(experiment(both.toArray(String[]::new)), batch()), 1, policy, 0.3, likelihood);
  }

  @Test
  void aTermMayBeOverResponsesThatThePolicyLossLearnsToo() {
    Map<String, float[]> policy = gradient(experiment(GOLD), batch());
    Map<String, float[]> likelihood =
        gradient(experiment("algorithm.loss.type=sft"), only(batch(), Trajectory::generated));
    String term = "algorithm.terms.less={ rows = sampled, loss { type = sft }, weight = -0.2 }";
    requireSum(gradient(experiment(GOLD, term), batch()), 1, policy, -0.2, likelihood);
  }

  @Test
  void factorsOfTokensInThePolicyLossAreNotThoseOfATerm() {
    String half = "algorithm.token-weight={ type = numbers, scale = 0, offset = 0.5 }";
    Map<String, float[]> policy = gradient(experiment(), only(batch(), Trajectory::generated));
    Map<String, float[]> likelihood =
        gradient(experiment("algorithm.loss.type=sft"), only(batch(), Trajectory::generated));
    String term = "algorithm.terms.more={ rows = sampled, loss { type = sft }, weight = 0.3 }";
    requireSum(
        gradient(experiment(half, term), only(batch(), Trajectory::generated)),
        0.5,
        policy,
        0.3,
        likelihood);
  }

  @Test
  void factorsOfTokensInATermAreItsOwn() {
    Map<String, float[]> policy = gradient(experiment(), only(batch(), Trajectory::generated));
    Map<String, float[]> likelihood =
        gradient(
            experiment("algorithm.loss.type=sft"),
            only(batch(), response -> !response.generated()));
    String term =
        "algorithm.terms.more={ rows = data, loss { type = sft }, weight = 0.4,"
            + " token-weight { type = numbers, of = policy, scale = 0, offset = 0.25 } }";
    requireSum(gradient(experiment(GOLD, SAMPLED, term), batch()), 1, policy, 0.1, likelihood);
  }

  @Test
  void weightZeroLeavesTheBitsOfTheSamplesAlone() {
    Map<String, float[]> alone = gradient(experiment(), only(batch(), Trajectory::generated));
    Map<String, float[]> zero = gradient(experiment(GOLD, SAMPLED, imitate(0)), batch());
    alone.forEach((name, numbers) -> assertThat(zero.get(name)).as(name).containsExactly(numbers));
  }

  @Test
  void reportsTheLossOfATermWithoutItsWeight() {
    Experiment scoring =
        experiment("algorithm.kl.coef=0.04"); // needs the start's log-probabilities
    TrainingBatch scored = Preferences.scored(scoring, batch());
    double sum = 0;
    double tokens = 0;
    for (TrajectoryGroup group : scored.groups()) {
      Trajectory gold = group.members().get(3).trajectory();
      PerToken logprobs = Objects.requireNonNull(scored.referenceLogprobs().get(gold.id()));
      for (int t = 0; t < logprobs.length(); t++) {
        sum += logprobs.get(t);
      }
      tokens += logprobs.length();
    }
    double policy =
        Objects.requireNonNull(
            metrics(experiment(), only(batch(), Trajectory::generated)).get("policy/loss"));
    Map<String, Double> both = metrics(experiment(GOLD, SAMPLED, imitate(0.3)), batch());
    assertThat(both.get("policy/terms/imitate")).isCloseTo(-sum / tokens, within(1e-5));
    assertThat(both.get("policy/loss")).isCloseTo(policy - 0.3 * sum / tokens, within(1e-5));
  }

  @Test
  void aTermIsComparedWithTheReferenceThatItNeeds() {
    Experiment experiment =
        experiment(
            GOLD,
            SAMPLED,
            "algorithm.terms.more={ rows = all, loss { type = apo-zero-unpaired },"
                + " label { type = threshold } }");
    assertThat(AlgorithmChecks.needsReference(experiment)).isTrue();
    Map<String, Double> metrics = metrics(experiment, Preferences.scored(experiment, batch()));
    // 1 - sigmoid(0) for a desirable response, sigmoid(0) for another
    assertThat(metrics.get("policy/terms/more")).isCloseTo(0.5, within(1e-5));
  }

  @Test
  void minibatchesOfThePolicyLossKeepTheirResponsesAndTakeTheOthersOfTheirGroups() {
    Experiment experiment = experiment(GOLD, SAMPLED, imitate(1));
    TrainingBatch batch =
        only(
            batch(),
            response -> response.id().group().index() < 2 || !response.generated()); // 3 + 3 + 2
    StepRows rows = StepRows.of(batch, experiment.algorithm(), Members.of(experiment));
    List<Integer> beside = rows.ofTerms().stream().filter(rows::isBeside).toList();
    assertThat(rows.trained()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(beside).containsExactly(6, 7, 8, 9);
    MinibatchOrder order = new MinibatchOrder(1, 2);
    List<List<Integer>> policy = order.of(rows, rows.trained(), 1, 0);
    List<List<Integer>> parts = order.of(rows, rows.trained(), beside, 1, 0);
    List<Integer> groups = new ArrayList<>();
    for (int part = 0; part < 2; part++) {
      assertThat(parts.get(part)).startsWith(policy.get(part).toArray(Integer[]::new)).hasSize(5);
      int own = rows.row(policy.get(part).get(0)).group();
      List<Integer> more = parts.get(part).subList(3, 5);
      assertThat(rows.row(more.get(0)).group()).isEqualTo(own);
      groups.add(rows.row(more.get(1)).group()); // one of the groups without a sample
    }
    assertThat(groups).containsExactly(2, 3);
  }

  @Test
  void responsesThatOnlyATermLearnsHaveNoAdvantage() {
    Experiment experiment = experiment(GOLD, SAMPLED, imitate(1));
    try (Learner learner = Learner.open(experiment)) {
      Map<SampleId, PerToken> advantages = learner.train(batch()).advantages();
      assertThat(advantages).hasSize(4 * 3);
      IntStream.range(0, 4)
          .forEach(
              group ->
                  assertThat(advantages)
                      .doesNotContainKey(
                          batch().groups().get(group).members().get(3).trajectory().id()));
    }
  }
}
