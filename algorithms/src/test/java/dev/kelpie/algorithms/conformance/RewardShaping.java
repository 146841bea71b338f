package dev.kelpie.algorithms.conformance;

import dev.kelpie.config.Require;
import java.util.Arrays;

/** Transformations of the rewards of a batch before credit is assigned. */
final class RewardShaping {
  /** The responses that a moment is taken over. */
  public enum Scope {
    NONE,
    BATCH,
    GROUP
  }

  private RewardShaping() {}

  /**
   * DAPO's soft length penalty: beyond {@code maxLength - bufferLength} tokens the reward falls
   * linearly, by {@code factor} at the maximum.
   *
   * <p>Yu et al. 2025, https://arxiv.org/abs/2503.14476, eq. 13.
   *
   * @param cap limits the excess to the buffer (OpenRLHF)
   */
  public static double[] overlong(
      double[] rewards,
      double[] lengths,
      double maxLength,
      double bufferLength,
      double factor,
      boolean cap) {
    Require.positive("buffer-length", bufferLength);
    double[] shaped = new double[rewards.length];
    for (int b = 0; b < shaped.length; b++) {
      double excess = lengths[b] - (maxLength - bufferLength);
      double counted = cap ? Math.min(excess, bufferLength) : excess;
      shaped[b] = rewards[b] + Math.min(-counted / bufferLength * factor, 0);
    }
    return shaped;
  }

  /**
   * Rewards of responses that were cut off: multiplied by a {@code coef} >= 0, replaced by a
   * negative one (ProRL, https://arxiv.org/abs/2505.24864).
   *
   * @param truncated 1 for a response that was cut off, else 0
   */
  public static double[] stopProperly(double[] rewards, double[] truncated, double coef) {
    double[] shaped = rewards.clone();
    for (int b = 0; b < shaped.length; b++) {
      if (truncated[b] != 0) {
        shaped[b] = coef >= 0 ? rewards[b] * coef : coef;
      }
    }
    return shaped;
  }

  /**
   * Rewards minus a mean, over an unbiased standard deviation plus {@code epsilon}.
   *
   * @param groupSize groups are consecutive runs of this many rewards
   */
  public static double[] normalise(
      double[] rewards, Scope mean, Scope std, int groupSize, double epsilon) {
    double[] shaped = new double[rewards.length];
    RunningMoments batch = RunningMoments.NONE.with(rewards);
    for (int start = 0; start < rewards.length; start += groupSize) {
      int end = Math.min(start + groupSize, rewards.length);
      RunningMoments group = RunningMoments.NONE.with(Arrays.copyOfRange(rewards, start, end));
      double centre = mean == Scope.NONE ? 0 : (mean == Scope.GROUP ? group : batch).mean();
      double scale = std == Scope.NONE ? 1 : (std == Scope.GROUP ? group : batch).std() + epsilon;
      for (int b = start; b < end; b++) {
        shaped[b] = (rewards[b] - centre) / scale;
      }
    }
    return shaped;
  }

  /**
   * Per-token rewards with the KL penalty: {@code -klCoef kl_t}, plus the score clipped to
   * [clipLow, clipHigh] on the last token whose mask is 1.
   *
   * <p>Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, eq. 2.
   *
   * @param kl estimate of each token [B][R]; not masked
   */
  public static double[][] tokenRewards(
      double[] scores,
      double[][] kl,
      double[][] mask,
      double klCoef,
      double clipLow,
      double clipHigh) {
    double[][] rewards = new double[scores.length][];
    for (int b = 0; b < rewards.length; b++) {
      rewards[b] = new double[kl[b].length];
      int last = -1;
      for (int t = 0; t < rewards[b].length; t++) {
        rewards[b][t] = -klCoef * kl[b][t];
        last = mask[b][t] != 0 ? t : last;
      }
      if (last >= 0) {
        rewards[b][last] += Math.max(clipLow, Math.min(clipHigh, scores[b]));
      }
    }
    return rewards;
  }
}
