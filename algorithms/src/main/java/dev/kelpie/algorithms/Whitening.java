package dev.kelpie.algorithms;

import dev.kelpie.config.Require;

/**
 * Whitening over the tokens whose mask is 1: {@code (x - mean) / sqrt(variance + epsilon)}, in
 * double. Masked-out tokens become 0.
 *
 * @param unbiased divides the squares by n - 1 (TRL, verl), else by n (OpenRLHF, NeMo-RL)
 * @param shiftMean false adds the mean back: only the scale changes
 * @param scale false keeps the scale: only the mean changes
 * @param epsilon keeps the divisor away from 0
 * @param epsilonMode how epsilon enters the divisor
 */
public record Whitening(
    boolean unbiased, boolean shiftMean, boolean scale, double epsilon, EpsilonMode epsilonMode) {
  /** How epsilon enters the divisor. */
  public enum EpsilonMode {
    /** sqrt(variance + epsilon). */
    VARIANCE_ADD,
    /** sqrt(max(variance, epsilon)). */
    VARIANCE_CLAMP,
    /** sqrt(variance) + epsilon. */
    STD_ADD
  }

  /** The whitening that advantages get: 1e-8 added to the variance, or its floor when biased. */
  public static Whitening ofAdvantages(boolean unbiased) {
    return new Whitening(
        unbiased,
        true,
        true,
        1e-8,
        unbiased ? EpsilonMode.VARIANCE_ADD : EpsilonMode.VARIANCE_CLAMP);
  }

  /** Whitens all rows together: a new array of the shape of {@code x} [B][R], maybe ragged. */
  public double[][] apply(double[][] x, double[][] mask) {
    double count = 0;
    double sum = 0;
    for (int b = 0; b < x.length; b++) {
      for (int t = 0; t < x[b].length; t++) {
        count += mask[b][t];
        sum += mask[b][t] * x[b][t];
      }
    }
    Require.that(count > 0, "whitening: no token has mask 1");
    double mean = sum / count;
    double squares = 0;
    for (int b = 0; b < x.length; b++) {
      for (int t = 0; t < x[b].length; t++) {
        double deviation = x[b][t] - mean;
        squares += mask[b][t] * deviation * deviation;
      }
    }
    double divisor = scale ? divisor(squares / Math.max(1, count - (unbiased ? 1 : 0))) : 1;
    double[][] y = new double[x.length][];
    for (int b = 0; b < x.length; b++) {
      y[b] = new double[x[b].length];
      for (int t = 0; t < x[b].length; t++) {
        y[b][t] = mask[b][t] * ((x[b][t] - mean) / divisor + (shiftMean ? 0 : mean));
      }
    }
    return y;
  }

  private double divisor(double variance) {
    return switch (epsilonMode) {
      case VARIANCE_ADD -> Math.sqrt(variance + epsilon);
      case VARIANCE_CLAMP -> Math.sqrt(Math.max(variance, epsilon));
      case STD_ADD -> Math.sqrt(variance) + epsilon;
    };
  }
}
