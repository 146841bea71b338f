package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.label.Labelling;
import dev.kelpie.algorithms.label.PairLabel;
import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.Draws;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.PairSelection;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.tensors.TensorScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * The pairs of one step with their labels, in order of their groups.
 *
 * @param source the rule of the experiment
 * @param variants the prompts that their sides are under
 */
record StepPairs(List<Pair> pairs, String source, PairRules.Variants variants) {
  /** Pairs whose sides are under their own prompts. */
  StepPairs(List<Pair> pairs, String source) {
    this(pairs, source, PairRules.DEFAULTS.variants());
  }

  /**
   * A pair of rows of the step.
   *
   * @param gold row of the third response; -1 where the loss needs none
   * @param source the rule that gave the label
   */
  record Pair(RowPair rows, PairLabel label, int gold, String source) {
    int chosen() {
      return rows.chosen().row();
    }

    int rejected() {
      return rows.rejected().row();
    }
  }

  StepPairs {
    pairs = List.copyOf(pairs);
  }

  /**
   * The pairs that an experiment makes of the step's rows.
   *
   * @param withGold whether pairs have a third response; those of groups without one are dropped
   */
  static StepPairs of(
      StepRows rows, PairSelection selection, Labelling labelling, boolean withGold, long seed) {
    List<Integer> golds = new ArrayList<>();
    List<GroupPairs> groups = new ArrayList<>();
    for (List<Candidate> group : rows.candidates()) {
      Draws draws = rows.draws(seed, group, Draws.Use.PAIRING);
      GroupPairs made = selection.of(group, rows.kept(group), draws);
      int gold =
          withGold ? selection.rules().gold(rows.kept(group)).map(Candidate::row).orElse(-1) : -1;
      if (!made.pairs().isEmpty() && (!withGold || gold >= 0)) {
        groups.add(made);
        golds.add(gold);
      }
    }
    List<List<PairLabel>> labels = labelling.labels(groups);
    List<Pair> pairs = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      for (int i = 0; i < groups.get(g).pairs().size(); i++) {
        pairs.add(
            new Pair(
                groups.get(g).pairs().get(i),
                labels.get(g).get(i),
                golds.get(g),
                labelling.source()));
      }
    }
    return new StepPairs(pairs, labelling.source());
  }

  /** The rows that are part of a pair, ascending. */
  Set<Integer> rows() {
    Set<Integer> rows = new TreeSet<>();
    pairs.forEach(
        pair -> {
          rows.add(pair.chosen());
          rows.add(pair.rejected());
          if (pair.gold() >= 0) {
            rows.add(pair.gold());
          }
        });
    return rows;
  }

  /** The pairs both of whose responses are among {@code rows}. */
  List<Pair> among(Collection<Integer> rows) {
    Set<Integer> known = new HashSet<>(rows);
    return pairs.stream()
        .filter(pair -> known.contains(pair.chosen()) && known.contains(pair.rejected()))
        .filter(pair -> pair.gold() < 0 || known.contains(pair.gold()))
        .toList();
  }

  /**
   * The labels of {@code some} pairs as arrays [N, 1]; their targets are divided by {@code beta}.
   */
  static PairLabels labels(List<Pair> some, double beta, TensorScope scope) {
    return new PairLabels(
        column(some, PairLabel::probability, scope),
        column(some, PairLabel::weight, scope),
        column(some, PairLabel::margin, scope),
        column(some, label -> label.chosenTarget() / beta, scope),
        column(some, label -> label.rejectedTarget() / beta, scope));
  }

  private static NDArray column(
      List<Pair> some, ToDoubleFunction<PairLabel> number, TensorScope scope) {
    float[] numbers = new float[some.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) number.applyAsDouble(some.get(i).label());
    }
    return scope.floats(numbers, numbers.length, 1); // [N, 1]
  }

  /** The pairs as they are recorded; log-probabilities are those the step began with. */
  List<TrainedPair> recorded(StepRows rows) {
    return pairs.stream()
        .map(
            pair -> {
              PairLabel label = pair.label();
              return new TrainedPair(
                  side(rows, pair.rows().chosen(), label.chosenTarget(), variants.chosen()),
                  side(rows, pair.rows().rejected(), label.rejectedTarget(), variants.rejected()),
                  label.probability(),
                  label.weight(),
                  label.margin(),
                  pair.source());
            })
        .toList();
  }

  private static TrainedPair.Side side(
      StepRows rows, Candidate member, double target, String variant) {
    SampleId id = rows.row(member.row()).trajectory().id();
    double logprob = sum(rows.get(Column.OLD_LOGPROBS, member.row()));
    PerToken reference = rows.find(Column.REFERENCE_LOGPROBS, member.row());
    return new TrainedPair.Side(
        id.group(),
        id.sample(),
        member.score(),
        target,
        logprob,
        reference == null ? Double.NaN : logprob - sum(reference),
        variant);
  }

  private static double sum(PerToken numbers) {
    double sum = 0;
    for (int t = 0; t < numbers.length(); t++) {
      sum += numbers.get(t);
    }
    return sum;
  }
}
