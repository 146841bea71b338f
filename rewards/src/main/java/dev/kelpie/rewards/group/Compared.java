package dev.kelpie.rewards.group;

import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A group whose responses were compared.
 *
 * @param matrix the comparisons of those that could be compared, in their order
 * @param problems of each response, why it could not be compared; empty where it could
 * @param disagreement mean difference of the verdicts on both orders of a pair; empty where there
 *     is one order only
 */
record Compared(
    ComparisonMatrix matrix, List<Optional<String>> problems, Optional<Double> disagreement) {
  Compared {
    problems = List.copyOf(problems);
  }

  /** A group that was compared as a whole. */
  static Compared whole(ComparisonMatrix matrix) {
    return new Compared(
        matrix, Collections.nCopies(matrix.size(), Optional.empty()), Optional.empty());
  }
}
