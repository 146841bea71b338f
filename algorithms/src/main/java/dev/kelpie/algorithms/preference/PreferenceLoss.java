package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;

/** An objective over pairs of responses; it never sees a model. */
public interface PreferenceLoss {
  /**
   * The loss of each pair, to be minimised; the mean over the pairs of a step is the loss.
   *
   * @return [N, 1], differentiable by the batch's policy arrays
   */
  NDArray evaluate(PairBatch batch);

  /** Whether the batch must hold the reference's log-probabilities. */
  default boolean needsReference() {
    return true;
  }
}
