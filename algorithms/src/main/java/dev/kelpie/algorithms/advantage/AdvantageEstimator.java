package dev.kelpie.algorithms.advantage;

/**
 * Credit assignment: rewards, and values if there are any, to per-token advantages and returns.
 * Nothing here is differentiated: plain Java in double over all responses of a training step, so
 * that means and deviations over the batch do not depend on how it is cut into microbatches.
 */
public interface AdvantageEstimator {
  /** Advantages and returns of every token of {@code batch}. */
  Credit estimate(RewardBatch batch);

  /** Whether the batch must hold values. */
  default boolean needsValues() {
    return false;
  }

  /** Whether the batch must hold numbers of the policy's whole distribution at each token. */
  default boolean needsDistributions() {
    return false;
  }

  /** Whether the batch must hold the rewards of greedy responses. */
  default boolean needsGreedyRewards() {
    return false;
  }
}
