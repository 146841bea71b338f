package dev.kelpie.algorithms.conformance;

import dev.kelpie.config.Require;

/**
 * The unbiased estimate of pass@k from n samples of which c are correct: {@code 1 - C(n - c, k) /
 * C(n, k)}.
 *
 * <p>Chen et al. 2021, https://arxiv.org/abs/2107.03374, eq. 1.
 */
final class PassAtK {
  private PassAtK() {}

  /** The estimate for one prompt; {@code k} is at most {@code samples}. */
  public static double estimate(int samples, int correct, int k) {
    Require.that(k >= 1 && k <= samples, "k: %s (expected: in [1, %s samples])", k, samples);
    if (samples - correct < k) {
      return 1;
    }
    double allWrong = 1;
    for (int i = samples - correct + 1; i <= samples; i++) {
      allWrong *= 1 - (double) k / i;
    }
    return 1 - allWrong;
  }
}
