package dev.kelpie.rewards.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.reward.SelfComparison;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.rewards.Trajectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupScoringTest {
  private static final String STEP = "compare { type = scores, link = step }\n";
  private static final String WIN_RATE = "group-reward.type = win-rate\n";

  @TempDir private Path folder = Path.of("");

  @Test
  void winRatesOfThreeScoresAreOneHalfSteps() {
    // 3 beats 2 and 1; 2 beats 1 only; the response itself is left out: 2/2, 1/2, 0/2.
    assertThat(values(STEP + WIN_RATE, 3, 2, 1)).containsExactly(1, 0.5, 0);
  }

  @Test
  void winRatesOfTwoEqualScoresAreOneHalf() {
    assertThat(values(STEP + WIN_RATE, 2, 2)).containsExactly(0.5, 0.5);
    assertThat(values("compare.type = scores\n" + WIN_RATE, 2, 2)).containsExactly(0.5, 0.5);
  }

  @Test
  void aCycleOfPreferencesGivesEveryResponseOneHalf() {
    // Two of three rewards prefer the first to the second, the second to the third, and the third
    // to the first.
    GroupScoring scoring =
        scoring(
            "compare { type = votes, between = [a, b, c] }\n" + WIN_RATE + rewards("a", "b", "c"));
    List<Score> scores =
        List.of(
            new Score(6, Map.of("a", 3f, "b", 2f, "c", 1f)),
            new Score(6, Map.of("a", 2f, "b", 1f, "c", 3f)),
            new Score(6, Map.of("a", 1f, "b", 3f, "c", 2f)));
    VotesComparison votes =
        new VotesComparison(new VotesComparison.Options(List.of("a", "b", "c")));
    assertThat(votes.compare(scores).at(0, 1)).isCloseTo(2 / 3.0, within(1e-15));
    assertThat(votes.compare(scores).at(1, 2)).isCloseTo(2 / 3.0, within(1e-15));
    assertThat(votes.compare(scores).at(2, 0)).isCloseTo(2 / 3.0, within(1e-15));
    for (double value : scoring.values(scores)) {
      assertThat(value).isCloseTo(0.5, within(1e-15));
    }
  }

  @Test
  void aRowOfProbabilitiesCountsTheResponseItselfAsOneHalf() {
    // P of the first over itself and the others: .5 .9 .8 .7; their mean is 2.9 / 4 = .725.
    double[] row = {0.5, 0.9, 0.8, 0.7};
    ComparisonMatrix matrix =
        ComparisonMatrix.of(4, (i, j) -> i == 0 ? row[j] : j == 0 ? 1 - row[i] : 0.5);
    assertThat(matrix.winRates(SelfComparison.HALF)[0]).isCloseTo(0.725, within(1e-15));
    assertThat(matrix.winRates(SelfComparison.EXCLUDE)[0]).isCloseTo(0.8, within(1e-15));
    // The same from scores: sigmoid(ln 9) = .9, sigmoid(ln 4) = .8, sigmoid(ln(7/3)) = .7.
    double[] values =
        values(
            "compare { type = scores, self = half }\n" + WIN_RATE,
            0,
            -Math.log(9),
            -Math.log(4),
            -Math.log(7 / 3.0));
    assertThat(values[0]).isCloseTo(0.725, within(1e-6));
  }

  @Test
  void theMatrixAndItsTransposeAddUpToOne() {
    List<Score> scores = scores(3, -1, 2.5, 2.5);
    ComparisonMatrix matrix =
        new ScoresComparison(ScoresComparison.Options.DEFAULTS).compare(scores);
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        assertThat(matrix.at(i, j) + matrix.at(j, i)).isCloseTo(1, within(1e-15));
      }
    }
    assertThatThrownBy(() -> ComparisonMatrix.of(2, (i, j) -> 0.6))
        .hasMessage(
            "comparison of 0 and 0: 0.6 and 0.6 (expected: probabilities that add up to 1)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"win-rate", "rank", "levels"})
  void theOrderOfTheMembersDoesNotMatter(String type) {
    GroupScoring scoring = scoring("compare.type = scores\ngroup-reward.type = " + type);
    List<Score> scores = new ArrayList<>(scores(3, -1, 2.5, 2.5, 0));
    double[] values = scoring.values(scores);
    Collections.reverse(scores);
    double[] reversed = scoring.values(scores);
    for (int i = 0; i < 5; i++) {
      assertThat(reversed[4 - i]).isCloseTo(values[i], within(1e-12));
    }
  }

  @Test
  void ranksGoFromZeroToOneAndEqualOnesShareTheirMean() {
    // Of 4: the two in the middle share (1 + 2) / 2 = 1.5, over 3.
    assertThat(values(STEP + "group-reward.type = rank", 9, 5, 5, 1))
        .containsExactly(1, 0.5, 0.5, 0);
  }

  @Test
  void levelsCountTheDifferentWinRatesBelow() {
    assertThat(values("compare.type = scores\ngroup-reward.type = levels", 9, 5, 5, 1))
        .containsExactly(2, 1, 1, 0);
  }

  @Test
  void onePageRankRoundOverAPassMatrixIsThePapers() {
    // Code 1 passes both tests, code 2 the second: .15 + .85 x 2 = 1.85 and .15 + .85 = 1.
    double[] once = values(pageRank(1), List.of(passes(1, 1), passes(0, 1)));
    assertThat(once[0]).isCloseTo(1.85, within(1e-12));
    assertThat(once[1]).isCloseTo(1, within(1e-12));
    // Second round: codes 1.85 and 1 over their mean 1.425, tests 1 and 1.85 likewise.
    double[] twice = values(pageRank(2), List.of(passes(1, 1), passes(0, 1)));
    assertThat(twice[0]).isCloseTo((0.15 * 1.85 + 0.85 * 2.85) / 1.425, within(1e-12));
    assertThat(twice[1]).isCloseTo((0.15 * 1 + 0.85 * 1.85) / 1.425, within(1e-12));
    // The order of the codes does not matter; the best and the worst are the row's pair.
    double[] swapped = values(pageRank(10), List.of(passes(0, 1), passes(1, 1)));
    assertThat(swapped[1]).isGreaterThan(swapped[0]);
  }

  @Test
  void partsKeepTheOriginalValuesAndTheSumBecomesOne() throws InterruptedException {
    List<RewardOutcome> outcomes =
        applied(
            scoring(STEP + WIN_RATE),
            List.of(
                new RewardOutcome.Scored(new Score(2, Map.of("it", 2f))),
                new RewardOutcome.Scored(new Score(7, Map.of("it", 7f)))));
    assertThat(outcomes)
        .containsExactly(
            new RewardOutcome.Scored(new Score(0, Map.of("it", 2f, "sum", 2f))),
            new RewardOutcome.Scored(new Score(1, Map.of("it", 7f, "sum", 7f))));
  }

  @Test
  void aFailedMemberLeavesTheMatrix() throws InterruptedException {
    RewardOutcome failed = new RewardOutcome.Failed("no opinion");
    List<RewardOutcome> outcomes =
        applied(scoring(STEP + WIN_RATE), List.of(scored(3), failed, scored(2), scored(1)));
    assertThat(outcomes.get(1)).isEqualTo(failed);
    assertThat(value(outcomes.get(0))).isEqualTo(1);
    assertThat(value(outcomes.get(2))).isEqualTo(0.5f);
    assertThat(value(outcomes.get(3))).isEqualTo(0);
  }

  @Test
  void aGroupWithOneScoreFailsAsAWhole() throws InterruptedException {
    RewardOutcome failed = new RewardOutcome.Failed("no opinion");
    assertThat(applied(scoring(STEP + WIN_RATE), List.of(scored(3), failed)))
        .containsExactly(
            new RewardOutcome.Failed(
                "group-reward: 1 of 2 responses of the group have a score (expected: at least 2):"
                    + " no opinion"),
            failed);
  }

  @Test
  void withoutABlockScoresStayTheirOwn() {
    assertThat(find("")).isEmpty();
  }

  @Test
  void blocksThatARunWouldNotUseAreRefused() {
    assertThatThrownBy(() -> find(STEP))
        .hasMessageContaining("compare.type: scores (expected: none, because there is no group-");
    assertThatThrownBy(() -> find(WIN_RATE))
        .hasMessageContaining("group-reward.type: win-rate (expected: a group reward without");
    assertThatThrownBy(() -> find(STEP + pageRank(1)))
        .hasMessageContaining("compare.type: scores (expected: none, because group-reward.type");
    assertThatThrownBy(() -> find("compare.type = jury\n" + WIN_RATE))
        .hasMessageContaining(
            "compare.type: jury (expected: comparison one of judge, scores, votes)");
    assertThatThrownBy(() -> find("compare { type = votes, between = [x] }\n" + WIN_RATE))
        .hasMessageContaining("compare.between: x (expected: the name of a reward");
    assertThatThrownBy(() -> find(STEP + WIN_RATE + "rollout.group-size = 1"))
        .hasMessageContaining("rollout.group-size: 1 (expected: at least 2");
    assertThatThrownBy(() -> find(STEP + WIN_RATE + rewards("sum")))
        .hasMessageContaining("reward.sum: a reward of that name");
  }

  private static String pageRank(int rounds) {
    return "group-reward { type = pagerank, tests = [t1, t2], rounds = "
        + rounds
        + " }\n"
        + rewards("t1", "t2");
  }

  private static Score passes(float first, float second) {
    return new Score(first + second, Map.of("t1", first, "t2", second));
  }

  private static String rewards(String... names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      text.append("reward.").append(name).append(".type = length\n");
    }
    return text.toString();
  }

  private static RewardOutcome scored(float value) {
    return new RewardOutcome.Scored(new Score(value, Map.of()));
  }

  private static float value(RewardOutcome outcome) {
    return ((RewardOutcome.Scored) outcome).score().value();
  }

  private static List<Score> scores(double... values) {
    List<Score> scores = new ArrayList<>();
    for (double value : values) {
      scores.add(new Score((float) value, Map.of()));
    }
    return scores;
  }

  private static List<RewardOutcome> applied(GroupScoring scoring, List<RewardOutcome> group)
      throws InterruptedException {
    return scoring.apply(
        group,
        Collections.nCopies(group.size(), Trajectories.of("4", "4")),
        Collections.nCopies(group.size(), SampleNumbers.NONE));
  }

  private double[] values(String text, double... scores) {
    return values(text, scores(scores));
  }

  private double[] values(String text, List<Score> scores) {
    return scoring(text).values(scores);
  }

  private GroupScoring scoring(String text) {
    return find(text).orElseThrow();
  }

  private Optional<GroupScoring> find(String text) {
    try {
      Path file =
          Files.writeString(folder.resolve("x.conf"), "data.path = d\npolicy.path = p\n" + text);
      return ExperimentFiles.load(file, List.of()).check(GroupScoring::of);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
