package dev.kelpie.algorithms.loss;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;

/** Log-ratios between two policies on sampled tokens. */
public final class Ratios {
  private Ratios() {}

  /**
   * {@code policy - old} [B, R], 0 where the mask is 0, clamped to +- {@code clamp} unless that is
   * 0.
   */
  public static NDArray log(
      NDArray policyLogprobs, NDArray oldLogprobs, NDArray mask, double clamp) {
    NDArray difference = policyLogprobs.sub(oldLogprobs).mul(mask); // [B, R]
    return clamp > 0 ? difference.clip(-clamp, clamp) : difference; // [B, R]
  }

  /** The row mean of {@code logRatio} [B, R] for each of its tokens [B, R]. */
  public static NDArray sequence(NDArray logRatio, NDArray mask) {
    return logRatio.zerosLike().add(Masked.rowMean(logRatio, mask)); // [B, R]
  }

  /** Adds {@code policy/approx_kl}: k1 of the old policy to the current one, mean(old - policy). */
  public static void approximateKl(Metrics metrics, NDArray logRatio, NDArray mask) {
    metrics.mean("policy/approx_kl", logRatio.neg(), mask);
  }
}
