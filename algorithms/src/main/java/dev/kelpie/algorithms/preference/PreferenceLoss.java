package dev.kelpie.algorithms.preference;

/** An objective over pairs of responses; it never sees a model. */
public interface PreferenceLoss {
  /**
   * The loss of each pair, to be minimised; the mean over the pairs of a step is the loss.
   *
   * @return losses [N, 1], differentiable by the batch's policy arrays, and implicit rewards
   */
  PairLosses evaluate(PairBatch batch);

  /** Whether the batch must hold the reference's log-probabilities. */
  default boolean needsReference() {
    return true;
  }

  /** Factor of the chosen responses' mean negative log-likelihood, which is added to the loss. */
  default double nllCoef() {
    return 0;
  }
}
