package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.RowPair;
import java.util.List;
import java.util.function.BiFunction;

/** Rules that look at one pair and its group. */
final class PairRule {
  private PairRule() {}

  /** The result of {@code rule} for every pair of every group. */
  static <T> List<List<T>> each(List<GroupPairs> step, BiFunction<GroupPairs, RowPair, T> rule) {
    return step.stream()
        .map(group -> group.pairs().stream().map(pair -> rule.apply(group, pair)).toList())
        .toList();
  }
}
