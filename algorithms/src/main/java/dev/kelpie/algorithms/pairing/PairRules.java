package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The options that every pairing takes: which pairs count, in which order, and how many. */
public record PairRules(
    @Doc("lowest score of a chosen response") double minScore,
    @Doc("lowest difference of the two scores") double minMargin,
    @Doc("the same where the policy wrote the chosen response; below 0: min-margin")
        double minMarginOwn,
    @Doc("most pairs of a group, the first ones in their order; 0: all") int maxPairs,
    @Doc("pairs of equal scores: drop, or keep with the earlier sample as the chosen one")
        Ties ties,
    @Doc("responses that reached the length limit: keep; lose: below every other; drop")
        Truncated truncated,
    @Doc("order of a group's pairs: none: by sample number; gap: largest difference first")
        Order order,
    @Doc("member that writes the chosen responses; empty: any") String chosenFrom,
    @Doc("member that writes the rejected responses; empty: any") String rejectedFrom,
    @Doc("member that writes the third response, for losses that learn it; empty: the best of all")
        String goldFrom,
    @Doc("member whose responses are paired only in groups without another pair; empty: none")
        String spare,
    @Doc("member whose responses are never the chosen ones; empty: none") String neverChosen,
    @Doc("names of rewards that have to be higher for the chosen response, too; empty: none")
        List<String> agree,
    @Doc("variants of the prompt that the sides are trained under") Variants variants,
    @Doc(
            "whose score {score} in the variants is: chosen; both: each pair twice, the second time"
                + " turned around under the score of the rejected response")
        Goals goals) {
  private static final double NO_SCORE = -1e30; // below every reward

  public static final PairRules DEFAULTS =
      new PairRules(
          NO_SCORE,
          0,
          -1,
          0,
          Ties.DROP,
          Truncated.KEEP,
          Order.NONE,
          "",
          "",
          "",
          "",
          "",
          List.of(),
          Variants.DEFAULTS,
          Goals.CHOSEN);

  /** Names of the variants that the sides of a pair are trained under; empty: the prompt itself. */
  public record Variants(
      @Doc("variant of the chosen side; empty: the prompt itself") String chosen,
      @Doc("variant of the rejected side; empty: the prompt itself") String rejected) {
    public static final Variants DEFAULTS = new Variants("", "");

    /** Whether both sides are under the prompt itself. */
    public boolean none() {
      return chosen.isEmpty() && rejected.isEmpty();
    }
  }

  /** Which pairs are made of two responses under variants that show a score. */
  public enum Goals {
    /** The pair under the score of its chosen response. */
    CHOSEN,
    /** The same, and the pair turned around under the score of its rejected response. */
    BOTH
  }

  /** What becomes of pairs of equal scores. */
  public enum Ties {
    DROP,
    KEEP
  }

  /** What becomes of responses that reached the length limit. */
  public enum Truncated {
    KEEP,
    LOSE,
    DROP
  }

  /** Order of a group's pairs. */
  public enum Order {
    NONE,
    GAP
  }

  public PairRules {
    agree = List.copyOf(agree);
    Require.atLeast("min-margin", minMargin, 0.0);
    Require.atLeast("max-pairs", maxPairs, 0);
  }

  /** The pairs of {@code group} that {@code pairing} proposes and these rules allow. */
  List<RowPair> pairs(Pairing pairing, List<Candidate> group, Draws draws) {
    List<Candidate> ranked = ranked(group);
    List<RowPair> pairs = allowed(pairing, without(ranked, spare));
    if (pairs.isEmpty() && !spare.isEmpty()) {
      pairs = allowed(pairing, ranked);
    }
    if (pairing.random()) {
      draws.shuffle(pairs);
    }
    if (order == Order.GAP) {
      pairs.sort(Comparator.comparingDouble(RowPair::gap).reversed());
    }
    return pairs.stream()
        .limit(maxPairs > 0 ? maxPairs : Long.MAX_VALUE)
        .map(pair -> new RowPair(given(group, pair.chosen()), given(group, pair.rejected())))
        .toList();
  }

  private List<RowPair> allowed(Pairing pairing, List<Candidate> ranked) {
    List<RowPair> pairs = new ArrayList<>();
    List<Candidate> chosen = without(from(ranked, chosenFrom), neverChosen);
    for (RowPair pair : pairing.pairs(chosen, from(ranked, rejectedFrom))) {
      if (allows(pairing, pair) && agree.stream().allMatch(name -> prefers(name, pair))) {
        pairs.add(pair);
      }
    }
    return pairs;
  }

  /** Whether the reward {@code name} of the chosen response is higher. */
  private static boolean prefers(String name, RowPair pair) {
    return pair.chosen().part(name) > pair.rejected().part(name);
  }

  private static List<Candidate> without(List<Candidate> group, String origin) {
    return origin.isEmpty()
        ? group
        : group.stream().filter(member -> !member.origin().equals(origin)).toList();
  }

  /** The candidate with the score it was given. */
  private static Candidate given(List<Candidate> group, Candidate ranked) {
    return group.stream().filter(member -> member.row() == ranked.row()).findFirst().orElseThrow();
  }

  private boolean allows(Pairing pairing, RowPair pair) {
    if (pair.chosen().score() < minScore) {
      return false;
    }
    if (!pairing.byScore()) {
      return true;
    }
    boolean own = minMarginOwn >= 0 && pair.chosen().origin().equals(Candidate.POLICY);
    double gap = pair.gap();
    return gap >= (own ? minMarginOwn : minMargin) && (gap > 0 || ties == Ties.KEEP);
  }

  /** The group as it is ranked: truncated responses dropped, or below every other. */
  private List<Candidate> ranked(List<Candidate> group) {
    if (truncated == Truncated.KEEP) {
      return group;
    }
    double below = group.stream().mapToDouble(Candidate::score).min().orElse(0) - 1;
    return group.stream()
        .filter(member -> !member.truncated() || truncated == Truncated.LOSE)
        .map(member -> member.truncated() ? member.withScore(below) : member)
        .toList();
  }

  /** The third response of a group's pairs: the best one, or the best one of its member. */
  public Optional<Candidate> gold(List<Candidate> group) {
    return from(group, goldFrom).stream()
        .reduce((best, next) -> next.score() > best.score() ? next : best);
  }

  private static List<Candidate> from(List<Candidate> group, String origin) {
    return origin.isEmpty()
        ? group
        : group.stream().filter(member -> member.origin().equals(origin)).toList();
  }
}
