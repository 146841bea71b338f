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

  /** Whether the batch must hold the reward of a greedy response to each prompt. */
  default boolean needsGreedyRewards() {
    return false;
  }

  /**
   * Whether the batch must hold the policy's log-probabilities and the sums of its squared
   * probabilities over the vocabulary.
   */
  default boolean needsSquares() {
    return false;
  }

  /** Whether the batch must hold process rewards of tokens. */
  default boolean needsProcessRewards() {
    return false;
  }

  /** Whether it takes the components of the rewards in place of their sum. */
  default boolean usesComponents() {
    return false;
  }

  /** Whether it compares the responses to one prompt, so that a group of one teaches nothing. */
  default boolean comparesWithinGroup() {
    return false;
  }
}
