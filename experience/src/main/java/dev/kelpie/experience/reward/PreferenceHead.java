package dev.kelpie.experience.reward;

import dev.kelpie.experience.Invariant;

/**
 * A head that compares two responses instead of scoring one: each response to a prompt has a vector
 * v of 2k numbers, and the log-odds that response i is better than response j are {@code v_i^T R
 * v_j / tau}. R is block-diagonal and skew-symmetric, with k blocks [[0, 1], [-1, 0]], so that the
 * log-odds of (i, j) and (j, i) add up to 0, and a cycle of preferences can be told.
 *
 * <p>General preference modelling, https://arxiv.org/abs/2410.02197, without its scale gate.
 *
 * @param outputs 2k, the length of v
 * @param tau what the bilinear form is divided by, above 0
 */
public record PreferenceHead(int outputs, double tau) {
  public PreferenceHead {
    Invariant.that(
        outputs >= 2 && outputs % 2 == 0, "outputs: %s (expected: even, at least 2)", outputs);
    Invariant.that(Double.isFinite(tau) && tau > 0, "tau: %s (expected: above 0)", tau);
  }

  /**
   * The log-odds that the first of two responses is the better one.
   *
   * @param first vector of the first response, of length {@link #outputs}
   * @param second vector of the second one
   */
  public double logOdds(float[] first, float[] second) {
    double sum = 0;
    for (int k = 0; k < outputs; k += 2) {
      sum += (double) first[k] * second[k + 1] - (double) first[k + 1] * second[k];
    }
    return sum / tau;
  }
}
