package dev.kelpie.algorithms.score;

import java.util.Arrays;

/**
 * How strongly K reward models prefer the chosen response c of a pair to the rejected one r: mean
 * and standard deviation, with K - 1, of their differences {@code r_k(c) - r_k(r)}.
 *
 * <p>Secrets of RLHF II, https://arxiv.org/abs/2401.06080.
 */
public record PairStrength(double mean, double spread) {
  /**
   * Of the differences of all models.
   *
   * @throws IllegalArgumentException if there are fewer than two
   */
  public static PairStrength of(double[] differences) {
    if (differences.length < 2) {
      throw new IllegalArgumentException(
          differences.length + " differences (expected: at least two)");
    }
    double mean = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    return new PairStrength(mean, Math.sqrt(squares / (differences.length - 1)));
  }
}
