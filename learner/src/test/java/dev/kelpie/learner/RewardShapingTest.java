package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.OverlongOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.rows.StepRow;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.shaping.Constraints;
import dev.kelpie.learner.shaping.GreedyBaseline;
import dev.kelpie.learner.shaping.RewardShaping;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RewardShapingTest {
  private static final Constraints NONE = Constraints.of(Map.of());

  @Test
  void theLengthPenaltyGrowsOverTheLastShareOfTheLimit() {
    // Limit 20, share .25: nothing up to 15 tokens, then .2 x 3 for each token.
    RewardShaping shaping = new RewardShaping(0, new OverlongOptions(0.25, 3), 20, NONE);
    assertThat(shaping.overlong(15)).isZero();
    assertThat(shaping.overlong(16)).isCloseTo(0.6, within(1e-12));
    assertThat(shaping.overlong(20)).isCloseTo(3, within(1e-12));
    assertThat(shaping.shaped(row(1, 16, Map.of()).scored())).isCloseTo(0.4, within(1e-12));
  }

  @Test
  void theClipComesBeforeThePenalty() {
    RewardShaping shaping = new RewardShaping(2, new OverlongOptions(1, 1), 20, NONE);
    assertThat(shaping.shaped(row(9, 10, Map.of()).scored())).isCloseTo(1.5, within(1e-12));
    RewardShaping plain = new RewardShaping(0, OverlongOptions.DEFAULTS, 20, NONE);
    assertThat(plain.shaped(row(9, 20, Map.of()).scored())).isEqualTo(9);
  }

  @Test
  void theMultiplierOfThreeStepsFollowsTheMeanCost() {
    Constraints constraints = constraints(Map.of("limit", 0.5, "rate", 0.2));
    RewardShaping shaping = new RewardShaping(0, OverlongOptions.DEFAULTS, 20, constraints);
    StepRows rows = rows(row(3, 4, Map.of("cost", 1f)), row(1, 4, Map.of("cost", 2f)));
    assertThat(shaping.shaped(rows.row(0).scored())).isEqualTo(3); // the multiplier is 0
    constraints.update(scores(rows)); // 0 + .2 (1.5 - .5) = .2
    assertThat(shaping.shaped(rows.row(1).scored())).isCloseTo(1 - 0.2 * 2, within(1e-12));
    assertThat(constraints.update(scores(rows))) // .2 + .2 = .4
        .containsEntry("constraint/cost/cost", 1.5)
        .containsEntry("constraint/cost/multiplier", 0.2);
    // A mean cost of -3: .4 + .2 (-3.5) is below 0.
    constraints.update(scores(rows(row(0, 4, Map.of("cost", -3f)))));
    assertThat(constraints.carried()).containsEntry("constraint/cost", 0.0);
  }

  @Test
  void multipliersContinueFromACheckpoint() {
    Constraints constraints = constraints(Map.of("limit", 0.5, "start", 0.7));
    assertThat(constraints.penalty(new Score(1, Map.of("cost", 2f)))).isCloseTo(1.4, within(1e-12));
    constraints.restore(Map.of("constraint/cost", 0.25));
    assertThat(constraints.penalty(new Score(1, Map.of("cost", 2f)))).isCloseTo(0.5, within(1e-12));
    constraints.restore(Map.of());
    assertThat(constraints.carried()).containsEntry("constraint/cost", 0.25);
  }

  @Test
  void greedyResponsesAreTakenOutOfTheStepAndGiveTheirRewardAsBaseline() {
    Trajectory greedy = trajectory(0, 2, 4).as(id(0, 2), Origin.GREEDY);
    TrainingBatch batch =
        new TrainingBatch(
            1,
            List.of(
                new TrajectoryGroup(
                    id(0, 0).group(),
                    List.of(
                        scored(trajectory(0, 0, 4), 3),
                        scored(trajectory(0, 1, 4), 1),
                        scored(greedy, 2)),
                    List.of()),
                new TrajectoryGroup(
                    id(1, 0).group(), List.of(scored(trajectory(1, 0, 4), 5)), List.of())),
            Map.of());
    GreedyBaseline baseline = GreedyBaseline.of(batch);
    StepRows rows = StepRows.of(baseline.rest(), false).withGreedy(baseline.greedy());
    assertThat(rows.rows()).hasSize(3);
    // The second group has no greedy response, and teaches nothing.
    assertThat(rows.trained()).containsExactly(0, 1);
    assertThat(baseline.mean()).isEqualTo(2);
    assertThat(rows.greedy().orElseThrow().stream().map(ScoredTrajectory::reward))
        .containsExactly(2f, 2f, 5f);
  }

  private static Constraints constraints(Map<String, Object> options) {
    return Constraints.of(Map.of("cost", ConfigBlock.of("algorithm.constraints.cost", options)));
  }

  private static List<Score> scores(StepRows rows) {
    return rows.rows().stream().map(row -> row.scored().score()).toList();
  }

  private static StepRows rows(StepRow... rows) {
    List<ScoredTrajectory> members = List.of(rows).stream().map(StepRow::scored).toList();
    TrajectoryGroup group = new TrajectoryGroup(id(0, 0).group(), members, List.of());
    return StepRows.of(new TrainingBatch(1, List.of(group), Map.of()), false);
  }

  private static StepRow row(float reward, int tokens, Map<String, Float> parts) {
    Score score = new Score(reward, parts);
    return new StepRow(new ScoredTrajectory(trajectory(0, 0, tokens), score), 0, true);
  }

  private static ScoredTrajectory scored(Trajectory trajectory, float reward) {
    return new ScoredTrajectory(trajectory, new Score(reward, Map.of()));
  }

  private static SampleId id(int group, int sample) {
    return new SampleId(new GroupId(Purpose.ROLLOUT, 1, group), sample, 0);
  }

  private static Trajectory trajectory(int group, int sample, int tokens) {
    return new Trajectory(
        id(group, sample),
        new Prompt("row-7", "?", TokenIds.of(1), Optional.empty(), Map.of()),
        TokenIds.of(new int[tokens]),
        "x",
        PerToken.constant(-1, tokens),
        PerToken.constant(-1, tokens),
        TokenVersions.uniform(new PolicyVersion(0), tokens),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 20, false));
  }
}
