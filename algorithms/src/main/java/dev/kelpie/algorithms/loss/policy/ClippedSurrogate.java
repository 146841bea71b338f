package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.config.Require;

/**
 * The clipped surrogate that the PPO family shares, for any ratio r and advantage A: {@code max(-A
 * r, -A clip(r, 1 - low, 1 + high))}.
 *
 * @param low the ratio's lower distance from 1
 * @param high the ratio's upper distance from 1
 * @param dual for A < 0 the loss is at most {@code -dual A} (dual-clip PPO,
 *     https://arxiv.org/abs/1912.09729, eq. 5); 0 is none
 * @param cap the unclipped branch uses {@code min(r, cap)}; 0 is none
 */
record ClippedSurrogate(double low, double high, double dual, double cap) {
  ClippedSurrogate {
    Require.that(low >= 0 && low <= 1, "clip-low: %s (expected: in [0, 1])", low);
    Require.that(high >= 0, "clip-high: %s (expected: >= 0)", high);
    Require.that(dual == 0 || dual > 1, "dual-clip: %s (expected: > 1, or 0 for none)", dual);
    Require.that(cap == 0 || cap > 1, "ratio-cap: %s (expected: > 1, or 0 for none)", cap);
  }

  /** The loss of each token [B, R]; adds the clip shares over {@code mask} to {@code metrics}. */
  NDArray evaluate(NDArray ratio, NDArray advantages, NDArray mask, Metrics metrics) {
    NDArray capped = cap > 0 ? ratio.clip(0, cap) : ratio; // [B, R]
    NDArray unclipped = capped.mul(advantages).neg(); // [B, R]
    NDArray clipped = ratio.clip(1 - low, 1 + high).mul(advantages).neg(); // [B, R]
    NDArray losses = unclipped.maximum(clipped); // [B, R]
    NDArray binds = clipped.stopGradient().gt(unclipped.stopGradient()); // [B, R]
    NDArray negative = advantages.lt(0); // [B, R]
    metrics.share("policy/clip_frac", binds, mask);
    metrics.share("policy/clip_frac_low", binds.logicalAnd(negative), mask);
    metrics.share("policy/clip_frac_high", binds.logicalAnd(advantages.gt(0)), mask);
    if (dual == 0) {
      return losses;
    }
    NDArray bound = mul(advantages, -dual); // [B, R]
    NDArray exceeds = negative.logicalAnd(losses.stopGradient().gt(bound)); // [B, R]
    metrics.share("policy/clip_frac_lower", exceeds, mask);
    return NDArrays.where(exceeds, bound, losses); // [B, R]
  }
}
