package dev.kelpie.algorithms.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.ConfigBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabellingTest {
  private static final Map<String, ?> NONE = Map.of();

  private static Labelling labelling(
      Map<String, ?> label, Map<String, ?> weight, Map<String, ?> margin) {
    return Labelling.of(
        ConfigBlock.of("algorithm.label", label),
        ConfigBlock.of("algorithm.weight", weight),
        ConfigBlock.of("algorithm.margin", margin));
  }

  private static GroupPairs group(List<Candidate> members, int... pairs) {
    List<RowPair> made = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      made.add(new RowPair(members.get(pairs[i]), members.get(pairs[i + 1])));
    }
    return new GroupPairs(members, made);
  }

  private static List<Candidate> scores(double... scores) {
    List<Candidate> members = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      members.add(Candidate.of(i, scores[i]));
    }
    return members;
  }

  private static List<Candidate> parts(String first, float[] a, String second, float[] b) {
    List<Candidate> members = new ArrayList<>();
    for (int i = 0; i < a.length; i++) {
      members.add(
          new Candidate(i, a[i], false, Candidate.POLICY, Map.of(first, a[i], second, b[i])));
    }
    return members;
  }

  private static PairLabel one(Labelling labelling, GroupPairs group) {
    return labelling.labels(List.of(group)).get(0).get(0);
  }

  @Test
  void blocksWithoutTypeAreHardLabels() {
    PairLabel label = one(labelling(NONE, NONE, NONE), group(scores(1, 0), 0, 1));
    assertThat(label).isEqualTo(new PairLabel(1, 1, 0, 0, 0));
  }

  @Test
  void scoresBecomeABradleyTerryProbability() {
    PairLabel label =
        one(labelling(Map.of("type", "scores"), NONE, NONE), group(scores(2, 1), 0, 1));
    assertThat(label.probability()).isCloseTo(0.731058578630005, within(1e-12)); // sigmoid(1)
    assertThat(label.chosenTarget()).isEqualTo(2);
    assertThat(label.rejectedTarget()).isEqualTo(1);
  }

  @Test
  void clipKeepsAProbabilityAwayFromZeroAndOne() {
    PairLabel label =
        one(
            labelling(Map.of("type", "scores", "scale", 100, "clip", 0.01), NONE, NONE),
            group(scores(1, 0), 0, 1));
    assertThat(label.probability()).isEqualTo(0.99);
  }

  @Test
  void winRateCountsTheResponseItselfAsHalf() {
    // Probabilities .5 .9 .8 .7 of the first response: win rate .725, target .225 (SPPO).
    List<Candidate> members =
        scores(0, Math.log(0.1 / 0.9), Math.log(0.2 / 0.8), Math.log(0.3 / 0.7));
    Labelling labelling = labelling(Map.of("type", "win-rate"), NONE, NONE);
    PairLabel label = one(labelling, group(members, 0, 1));
    assertThat(label.chosenTarget()).isCloseTo(0.225, within(1e-12));
    assertThat(label.probability()).isCloseTo(0.9, within(1e-12));
    PairLabel without =
        one(
            labelling(Map.of("type", "win-rate", "self", "exclude"), NONE, NONE),
            group(members, 0, 1));
    assertThat(without.chosenTarget()).isCloseTo(0.8 - 0.5, within(1e-12));
  }

  @Test
  void equalScoresHaveTargetsZero() {
    PairLabel label =
        one(labelling(Map.of("type", "win-rate"), NONE, NONE), group(scores(3, 3, 3), 0, 1));
    assertThat(label.chosenTarget()).isZero();
    assertThat(label.rejectedTarget()).isZero();
  }

  @Test
  void comparedIsWhatTheGroupsComparisonSaysOfThePair() {
    Candidate better =
        new Candidate(5, 1, false, Candidate.POLICY, Map.of("against: 0", 0.75f), Map.of(), 3);
    Candidate worse =
        new Candidate(2, 0, false, Candidate.POLICY, Map.of("against: 3", 0.25f), Map.of(), 0);
    GroupPairs group = new GroupPairs(List.of(better, worse), List.of(new RowPair(better, worse)));
    assertThat(one(labelling(Map.of("type", "compared"), NONE, NONE), group).probability())
        .isEqualTo(0.75);
    Map<String, ?> clipped = Map.of("type", "compared", "clip", 0.4);
    assertThat(one(labelling(clipped, NONE, NONE), group).probability()).isEqualTo(0.6);
  }

  @Test
  void agreementIsHalfOfTauPlusOne() {
    // CREAM: rankings 4321 and 4312 agree on 5 of 6 pairs: tau 2/3, C 5/6.
    Map<String, ?> agreement = Map.of("type", "agreement", "between", List.of("own", "earlier"));
    float[] own = {4, 3, 2, 1};
    Labelling labelling = labelling(agreement, NONE, NONE);
    assertThat(
            one(labelling, group(parts("own", own, "earlier", new float[] {4, 3, 1, 2}), 0, 3))
                .probability())
        .isCloseTo(5 / 6.0, within(1e-12));
    assertThat(one(labelling, group(parts("own", own, "earlier", own), 0, 3)).probability())
        .isEqualTo(1);
    assertThat(
            one(labelling, group(parts("own", own, "earlier", new float[] {1, 2, 3, 4}), 0, 3))
                .probability())
        .isZero();
  }

  @Test
  void agreementOfAStepIsTheMeanOfItsGroups() {
    Map<String, ?> agreement =
        Map.of("type", "agreement", "between", List.of("a", "b"), "scope", "batch");
    float[] up = {1, 2};
    float[] down = {2, 1};
    List<List<PairLabel>> labels =
        labelling(agreement, NONE, NONE)
            .labels(
                List.of(
                    group(parts("a", up, "b", up), 1, 0), group(parts("a", up, "b", down), 1, 0)));
    assertThat(labels.get(0).get(0).probability()).isEqualTo(0.5);
    assertThat(labels.get(1).get(0).probability()).isEqualTo(0.5);
  }

  @Test
  void spearmanIsTheCorrelationOfRanks() {
    // Ranks 1 2 3 and 1 3 2: rho = 1 - 6 (0 + 1 + 1) / (3 (9 - 1)) = 1/2.
    assertThat(RankCorrelation.spearman(new double[] {1, 2, 3}, new double[] {10, 30, 20}))
        .isCloseTo(0.5, within(1e-12));
    assertThat(RankCorrelation.kendall(new double[] {1, 2, 3}, new double[] {10, 30, 20}))
        .isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void votesAreSharesOfRewards() {
    List<Candidate> members =
        List.of(
            new Candidate(0, 1, false, "policy", Map.of("a", 1f, "b", 0f, "c", 1f)),
            new Candidate(1, 0, false, "policy", Map.of("a", 0f, "b", 1f, "c", 1f)));
    Map<String, ?> votes = Map.of("type", "votes", "between", List.of("a", "b", "c"));
    assertThat(one(labelling(votes, NONE, NONE), group(members, 0, 1)).probability())
        .isCloseTo(0.5, within(1e-12)); // one, none and a half of three
  }

  @Test
  void levelsWeighPairsOfTheTopLevel() {
    // TRPA: levels 1 2 2 4, the first the best: 3 of the 5 pairs count 2.5 times.
    List<Candidate> members = scores(1, -1, -1, -2);
    GroupPairs group = group(members, 0, 1, 0, 2, 0, 3, 1, 3, 2, 3);
    List<PairLabel> labels =
        labelling(NONE, Map.of("type", "level", "top", 2.5, "top-score", 1), NONE)
            .labels(List.of(group))
            .get(0);
    assertThat(labels).extracting(PairLabel::weight).containsExactly(2.5, 2.5, 2.5, 1.0, 1.0);
  }

  @Test
  void weightsFollowGapAndCertainty() {
    GroupPairs group = group(scores(3, 1), 0, 1);
    assertThat(one(labelling(NONE, Map.of("type", "margin"), NONE), group).weight()).isEqualTo(2);
    assertThat(
            one(
                    labelling(
                        Map.of("type", "constant", "probability", 0.75),
                        Map.of("type", "certainty"),
                        NONE),
                    group)
                .weight())
        .isEqualTo(0.5);
  }

  @Test
  void weightsFollowDistanceAndUncertainty() {
    // d = 1, alpha = 1: exp(-1); alpha = 0: 1.
    GroupPairs near = group(parts("d", new float[] {1, 0}, "other", new float[] {5, 5}), 0, 1);
    Map<String, Object> distance = Map.of("type", "distance", "of", "d");
    assertThat(one(labelling(NONE, distance, NONE), near).weight()).isEqualTo(Math.exp(-1));
    Map<String, Object> none = Map.of("type", "distance", "of", "d", "alpha", 0);
    assertThat(one(labelling(NONE, none, NONE), near).weight()).isEqualTo(1);
    // Scores that differ by ln 3 and -ln 3: probabilities 3/4 and 1/4, variance 1/16, 1 - 4/16.
    float ln3 = (float) Math.log(3);
    GroupPairs unsure =
        group(parts("s/1", new float[] {ln3, 0}, "s/2", new float[] {0, ln3}), 0, 1);
    assertThat(
            one(labelling(NONE, Map.of("type", "uncertainty", "of", "s"), NONE), unsure).weight())
        .isCloseTo(0.75, within(1e-6));
    Map<String, Object> strict = Map.of("type", "uncertainty", "of", "s", "max-variance", 0.05);
    assertThat(one(labelling(NONE, strict, NONE), unsure).weight()).isZero();
    // Scores that agree leave the pair whole.
    GroupPairs sure = group(parts("s/1", new float[] {2, 1}, "s/2", new float[] {5, 4}), 0, 1);
    assertThat(one(labelling(NONE, strict, NONE), sure).weight()).isEqualTo(1);
  }

  @Test
  void marginOfPartsIsAWeightedDifference() {
    // MODPO with weights 1/2 and 1/2: the other objective's difference times 1, eq. 9.
    List<Candidate> members = parts("own", new float[] {1, 0}, "other", new float[] {3, 2});
    PairLabel label =
        one(
            labelling(
                NONE,
                NONE,
                Map.of("type", "parts", "between", List.of("other"), "factors", List.of(1.0))),
            group(members, 0, 1));
    assertThat(label.margin()).isEqualTo(1);
  }

  @Test
  void wrongBlocksAreNamed() {
    assertThatThrownBy(
            () -> labelling(Map.of("type", "agreement", "between", List.of("a")), NONE, NONE))
        .hasMessageContaining("algorithm.label.between: [a] (expected: the names of two rewards)");
    assertThatThrownBy(() -> labelling(Map.of("type", "constant", "probability", 1.5), NONE, NONE))
        .hasMessageContaining("algorithm.label.probability: 1.5 (expected: in [0.0, 1.0])");
    assertThatThrownBy(
            () ->
                one(
                    labelling(Map.of("type", "votes", "between", List.of("nobody")), NONE, NONE),
                    group(scores(1, 0), 0, 1)))
        .hasMessageContaining("nobody");
  }
}
