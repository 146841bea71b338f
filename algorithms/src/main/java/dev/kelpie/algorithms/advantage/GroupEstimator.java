package dev.kelpie.algorithms.advantage;

/** An estimator that compares the responses to one prompt and gives all tokens of each the same. */
public interface GroupEstimator extends AdvantageEstimator {
  /** The advantage of each response of {@code batch} [B]. */
  double[] advantages(RewardBatch batch);

  @Override
  default boolean comparesWithinGroup() {
    return true;
  }

  @Override
  default Credit estimate(RewardBatch batch) {
    return Credit.ofRows(advantages(batch), batch);
  }
}
