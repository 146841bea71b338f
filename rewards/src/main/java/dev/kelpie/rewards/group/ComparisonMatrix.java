package dev.kelpie.rewards.group;

import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.SelfComparison;
import java.util.stream.IntStream;

/**
 * Probabilities that each response of a group is better than each other one: {@code at(i, j) +
 * at(j, i) = 1}, 1/2 on the diagonal. Never changes.
 */
final class ComparisonMatrix {
  private static final double TOLERANCE = 1e-9;

  private final double[][] better;

  /** The probability that one response is better than another, by their indices. */
  interface Entry {
    double of(int first, int second);
  }

  private ComparisonMatrix(double[][] better) {
    this.better = better;
  }

  /** The matrix of {@code entry} over {@code size} responses. */
  static ComparisonMatrix of(int size, Entry entry) {
    double[][] better = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        better[i][j] = entry.of(i, j);
      }
    }
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = better[i][j] + better[j][i];
        Require.that(
            better[i][j] >= 0 && better[j][i] >= 0 && Math.abs(sum - 1) < TOLERANCE,
            "comparison of %s and %s: %s and %s (expected: probabilities that add up to 1)",
            i,
            j,
            better[i][j],
            better[j][i]);
      }
    }
    return new ComparisonMatrix(better);
  }

  int size() {
    return better.length;
  }

  /** The probability that {@code first} is better than {@code second}. */
  double at(int first, int second) {
    return better[first][second];
  }

  /** The mean probability of each response to be better than one of the group. */
  double[] winRates(SelfComparison self) {
    return IntStream.range(0, size())
        .mapToDouble(
            i ->
                IntStream.range(0, size())
                    .filter(j -> self == SelfComparison.HALF || j != i)
                    .mapToDouble(j -> better[i][j])
                    .average()
                    .orElse(0.5))
        .toArray();
  }
}
