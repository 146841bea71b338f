package dev.kelpie.algorithms.loss;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;

/** Log-ratios between two policies on sampled tokens. */
public final class Ratios {
  private Ratios() {}

  /** {@code policy - old} [B, R], 0 where the mask is 0; clamped to +- {@code clamp} if > 0. */
  public static NDArray log(
      NDArray policyLogprobs, NDArray oldLogprobs, NDArray mask, double clamp) {
    NDArray difference = policyLogprobs.sub(oldLogprobs).mul(mask); // [B, R]
    return clamp > 0 ? difference.clip(-clamp, clamp) : difference; // [B, R]
  }

  /** The log-ratio of the current to the old policy, as {@link #log} has it [B, R]. */
  public static NDArray policyToOld(PolicyOutputs outputs, TokenBatch batch, double clamp) {
    return log(outputs.logprobs(), batch.oldLogprobs(), batch.mask(), clamp);
  }

  /** The log-ratio of the old to the rollout policy, as {@link #log} has it [B, R]. */
  public static NDArray oldToRollout(TokenBatch batch, double clamp) {
    return log(batch.oldLogprobs(), batch.rolloutLogprobs(), batch.mask(), clamp);
  }

  /** The row mean of {@code x} [B, R] for each of its tokens [B, R]. */
  public static NDArray sequence(NDArray x, NDArray mask) {
    return x.zerosLike().add(Masked.rowMean(x, mask)); // [B, R]
  }

  /** {@code policy/approx_kl}: k1 of the old policy to the current one, mean(old - policy). */
  public static Metrics approximateKl(NDArray logRatio, NDArray mask) {
    return new Metrics().mean("policy/approx_kl", logRatio.neg(), mask);
  }
}
