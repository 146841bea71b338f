package dev.kelpie.algorithms.pairing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PairSelectionTest {
  private static Draws draws() {
    return Draws.of(1, 1, 0, Draws.Use.PAIRING);
  }

  private static List<Candidate> group(double... scores) {
    List<Candidate> group = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      group.add(Candidate.of(i, scores[i]));
    }
    return group;
  }

  private static PairSelection selection(Map<String, ?> pairing) {
    return PairSelection.of(ConfigBlock.of("algorithm.pairing", pairing));
  }

  private static List<String> pairs(Map<String, ?> pairing, List<Candidate> group) {
    return selection(pairing).of(group, group, draws()).pairs().stream()
        .map(pair -> pair.chosen().row() + ">" + pair.rejected().row())
        .toList();
  }

  @Test
  void pairsOnWhichAnotherRewardDiffersAreLeftOut() {
    // Ten groups of two; in three of them the other reward prefers the second or neither.
    Map<String, ?> agreeing = Map.of("type", "all", "agree", List.of("own"));
    int kept = 0;
    for (int i = 0; i < 10; i++) {
      float first = i < 3 ? -1 : 1;
      List<Candidate> group =
          List.of(
              new Candidate(0, 1, false, Candidate.POLICY, Map.of("own", i == 0 ? 0 : first)),
              new Candidate(1, 0, false, Candidate.POLICY, Map.of("own", 0f)));
      kept += pairs(agreeing, group).size();
    }
    assertThat(kept).isEqualTo(7);
  }

  @Test
  void aMemberThatIsNeverChosenIsOnlyRejected() {
    List<Candidate> group =
        List.of(
            new Candidate(0, 9, false, "past", Map.of()),
            Candidate.of(1, 2),
            new Candidate(2, 1, false, "past", Map.of()));
    assertThat(pairs(Map.of("type", "all", "never-chosen", "past"), group)).containsExactly("1>2");
  }

  @Test
  void bestWorstIsOnePair() {
    assertThat(pairs(Map.of("type", "best-worst"), group(3, 1, 2, 2))).containsExactly("0>1");
  }

  @Test
  void allIsEveryPairOfDifferentScores() {
    assertThat(pairs(Map.of("type", "all"), group(3, 1, 2, 2)))
        .containsExactly("0>1", "0>2", "0>3", "2>1", "3>1");
  }

  @Test
  void adjacentFollowsTheOrderOfScores() {
    assertThat(pairs(Map.of("type", "adjacent"), group(3, 1, 2, 2))).containsExactly("0>2", "3>1");
  }

  @Test
  void rankCountsTheRejectedFromTheWorst() {
    List<Candidate> group = group(9, 7, 4, 1);
    assertThat(pairs(Map.of("type", "best-worst", "rank", 1), group)).containsExactly("0>3");
    assertThat(pairs(Map.of("type", "best-worst", "rank", 2), group)).containsExactly("0>2");
    assertThat(pairs(Map.of("type", "best-worst", "rank", 3), group)).containsExactly("0>1");
    assertThat(pairs(Map.of("type", "best-worst", "rank", 5), group)).isEmpty();
  }

  @Test
  void equalScoresMakeNoPairUnlessTiesAreKept() {
    assertThat(pairs(Map.of("type", "best-worst"), group(1, 1))).isEmpty();
    assertThat(pairs(Map.of("type", "all", "ties", "keep"), group(1, 1))).containsExactly("0>1");
  }

  @Test
  void marginsAndScoresFollowTheRuleOfDirectNashOptimization() {
    // DNO, section 5.1: positive at least 5, gap at least 2, gap of an own positive at least 1.
    List<Candidate> group =
        List.of(
            new Candidate(0, 6, false, "gold", Map.of()),
            Candidate.of(1, 5),
            Candidate.of(2, 3),
            Candidate.of(3, 2));
    assertThat(
            pairs(
                Map.of("type", "all", "min-score", 5, "min-margin", 2, "min-margin-own", 1), group))
        .containsExactly("0>2", "0>3", "1>2", "1>3");
  }

  @Test
  void membersTakeSides() {
    List<Candidate> group =
        List.of(
            new Candidate(0, 0, false, "gold", Map.of()), Candidate.of(1, 1), Candidate.of(2, 0));
    assertThat(
            pairs(
                Map.of("type", "origin", "chosen-from", "gold", "rejected-from", "policy"), group))
        .containsExactly("0>1", "0>2");
  }

  @Test
  void samePairsEachResponseWithItself() {
    assertThat(pairs(Map.of("type", "same"), group(1, 0))).containsExactly("0>0", "1>1");
  }

  @Test
  void aSpareMemberIsPairedOnlyWhereNoOtherPairIs() {
    Map<String, ?> spare = Map.of("type", "all", "spare", "gold");
    Candidate gold = new Candidate(4, 1, false, "gold", Map.of());
    List<Candidate> mixed = new ArrayList<>(group(1, 1, 0, 0));
    mixed.add(gold);
    assertThat(pairs(spare, mixed)).containsExactly("0>2", "0>3", "1>2", "1>3");
    List<Candidate> wrong = new ArrayList<>(group(0, 0, 0, 0));
    wrong.add(gold);
    assertThat(pairs(spare, wrong)).containsExactly("4>0", "4>1", "4>2", "4>3");
  }

  @Test
  void truncatedResponsesLoseOrAreDropped() {
    List<Candidate> group =
        List.of(
            new Candidate(0, 3, true, Candidate.POLICY, Map.of()),
            Candidate.of(1, 2),
            Candidate.of(2, 1));
    assertThat(pairs(Map.of("type", "best-worst"), group)).containsExactly("0>2");
    assertThat(pairs(Map.of("type", "best-worst", "truncated", "lose"), group))
        .containsExactly("1>0");
    assertThat(pairs(Map.of("type", "best-worst", "truncated", "drop"), group))
        .containsExactly("1>2");
    assertThat(
            selection(Map.of("type", "best-worst", "truncated", "lose"))
                .of(group, group, draws())
                .pairs()
                .get(0)
                .rejected()
                .score())
        .isEqualTo(3);
  }

  @Test
  void mostPairsAreTheFirstInTheirOrder() {
    assertThat(pairs(Map.of("type", "all", "max-pairs", 2, "order", "gap"), group(1, 4, 2)))
        .containsExactly("1>0", "1>2");
  }

  @Test
  void randomPairsAreTheSameForTheSameStep() {
    Map<String, ?> random = Map.of("type", "random", "max-pairs", 4);
    List<Candidate> group = group(1, 2, 3, 4, 5, 6);
    List<String> first = pairs(random, group);
    assertThat(first).hasSize(4).isEqualTo(pairs(random, group)).doesNotHaveDuplicates();
    List<List<RowPair>> steps = new ArrayList<>();
    for (int step = 0; step < 20; step++) {
      steps.add(
          selection(random).of(group, group, Draws.of(1, step, 0, Draws.Use.PAIRING)).pairs());
    }
    assertThat(steps.stream().distinct().count()).isGreaterThan(10);
  }

  private static List<Integer> kept(double beta, int keep, Draws draws) {
    return new SelectRso(new SelectRso.Options(keep, beta))
        .keep(group(0.1, 0.9, 0.4, 0.2, 0.7), draws).stream().map(Candidate::row).toList();
  }

  @Test
  void rejectionSamplingTakesTheFirstOrTheBestAtItsLimits() {
    assertThat(kept(1e12, 3, draws())).containsExactly(0, 1, 2);
    assertThat(kept(1e-12, 2, draws())).containsExactly(1, 4);
    assertThat(kept(0.5, 5, draws())).hasSize(5);
  }

  @Test
  void rejectionSamplingAlwaysAcceptsTheBestOfARound() {
    for (int step = 0; step < 200; step++) {
      assertThat(kept(0.05, 5, Draws.of(3, step, 0, Draws.Use.SELECTION))).contains(1);
    }
  }

  @Test
  void rejectionSamplingAcceptsByTheDistanceToTheBest() {
    // One round over scores 1 and 0 with beta 1 accepts the second with probability exp(-1).
    int both = 0;
    for (int step = 0; step < 20_000; step++) {
      List<Candidate> kept =
          new SelectRso(new SelectRso.Options(1, 1))
              .keep(group(0, 1), Draws.of(5, step, 0, Draws.Use.SELECTION));
      both += kept.get(0).row() == 0 ? 1 : 0;
    }
    assertThat(both / 20_000.0).isCloseTo(Math.exp(-1), within(0.012));
  }

  @Test
  void bestAndThresholdKeepTheOrderOfSamples() {
    assertThat(new SelectBest(new SelectBest.Options(2)).keep(group(1, 3, 2, 3), draws()))
        .extracting(Candidate::row)
        .containsExactly(1, 3);
    assertThat(new SelectThreshold(new SelectThreshold.Options(2)).keep(group(1, 3, 2), draws()))
        .extracting(Candidate::row)
        .containsExactly(1, 2);
  }

  @Test
  void balanceChoosesTheThresholdOfAllPrompts() {
    // From 0.5 on: 5 kept, 4 right of 8 wanted: 4/8 x 4/5 = .4, and 1/8 x 1/1.
    // From 0.9 on: 2/8 x 2/2 = .25 and 1/8 x 1/1.
    List<Candidate> first = graded(1, 0.5, 1, 0.6, 1, 0.9, 1, 0.95, 0, 0.7, 0, 0.1);
    List<Candidate> second = graded(1, 0.9, 0, 0.3);
    Select balance =
        new SelectBalance(new SelectBalance.Options(List.of(0.5, 0.9), "right", 8))
            .over(List.of(first, second));
    assertThat(balance.numbers())
        .containsEntry("select/balance_at/0.5", (0.4 + 1 / 8.0) / 2)
        .containsEntry("select/balance_at/0.9", (0.25 + 1 / 8.0) / 2)
        .containsEntry("select/balance", (0.4 + 1 / 8.0) / 2)
        .containsEntry("select/threshold", 0.5);
    assertThat(balance.keep(first, draws())).hasSize(5);
    assertThat(balance.keep(second, draws())).extracting(Candidate::row).containsExactly(0);
    // Two right responses are enough: min(2/1, 1) x 2/2 = 1 where four of five are .8.
    assertThat(
            new SelectBalance(new SelectBalance.Options(List.of(0.5, 0.9), "right", 1))
                .over(List.of(first))
                .numbers())
        .containsEntry("select/balance_at/0.5", 0.8)
        .containsEntry("select/threshold", 0.9);
  }

  /** Responses by whether they are right and by their scores. */
  private static List<Candidate> graded(double... numbers) {
    List<Candidate> group = new ArrayList<>();
    for (int i = 0; i < numbers.length; i += 2) {
      Map<String, Float> right = Map.of("right", (float) numbers[i]);
      group.add(new Candidate(i / 2, numbers[i + 1], false, Candidate.POLICY, right));
    }
    return group;
  }

  @Test
  void wrongKeysAndTypesAreNamed() {
    assertThatThrownBy(() -> selection(Map.of("type", "best-wrost")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("algorithm.pairing.type: best-wrost")
        .hasMessageContaining("best-worst");
    assertThatThrownBy(() -> selection(Map.of("type", "all", "rank", 2)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("algorithm.pairing.rank: unknown key");
  }
}
