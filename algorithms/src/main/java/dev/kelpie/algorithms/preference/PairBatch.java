package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.config.Require;
import org.jspecify.annotations.Nullable;

/**
 * N pairs of a chosen and a rejected response to the same prompt, as log-probabilities per token
 * [N, T] with masks. Losses are differentiated by the policy's. A response given as a sum counts as
 * one token.
 *
 * @param policyChosen leaf [N, T]
 * @param policyRejected leaf [N, T]
 * @param referenceChosen [N, T]; null when the loss needs no reference
 * @param referenceRejected [N, T]; null when the loss needs no reference
 * @param chosenMask [N, T], 1 on the tokens of the response
 * @param rejectedMask [N, T]
 */
public record PairBatch(
    NDArray policyChosen,
    NDArray policyRejected,
    @Nullable NDArray referenceChosen,
    @Nullable NDArray referenceRejected,
    NDArray chosenMask,
    NDArray rejectedMask) {
  public PairBatch {
    Require.that(
        policyChosen.getShape().equals(policyRejected.getShape()),
        "policy-rejected: %s (expected: %s, the shape of policy-chosen)",
        policyRejected.getShape(),
        policyChosen.getShape());
  }

  /** Summed policy log-probability of each chosen response [N, 1]. */
  public NDArray chosen() {
    return Masked.rowSum(policyChosen, chosenMask);
  }

  /** Summed policy log-probability of each rejected response [N, 1]. */
  public NDArray rejected() {
    return Masked.rowSum(policyRejected, rejectedMask);
  }

  /** Policy minus reference on the chosen responses [N, T]. */
  public NDArray chosenLogRatios() {
    return referenceChosen == null ? policyChosen : policyChosen.sub(referenceChosen);
  }

  /** Policy minus reference on the rejected responses [N, T]. */
  public NDArray rejectedLogRatios() {
    return referenceRejected == null ? policyRejected : policyRejected.sub(referenceRejected);
  }

  /** The same without the reference. */
  public PairBatch withoutReference() {
    return new PairBatch(policyChosen, policyRejected, null, null, chosenMask, rejectedMask);
  }
}
