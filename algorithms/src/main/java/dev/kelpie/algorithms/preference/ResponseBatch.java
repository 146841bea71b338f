package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.config.Require;
import org.jspecify.annotations.Nullable;

/**
 * N single responses, as log-probabilities per token [N, T] with a mask. Losses are differentiated
 * by the policy's. A response given as a sum counts as one token.
 *
 * @param policy leaf [N, T]
 * @param reference [N, T]; null when the loss needs no reference
 * @param mask [N, T], 1 on the tokens of the response
 * @param labels one for each response
 * @param coupling of the step; null when the loss has none
 */
public record ResponseBatch(
    NDArray policy,
    @Nullable NDArray reference,
    NDArray mask,
    ResponseLabels labels,
    @Nullable Coupling coupling) {
  public ResponseBatch {
    Require.that(
        policy.getShape().equals(mask.getShape()),
        "mask: %s (expected: %s, the shape of policy)",
        mask.getShape(),
        policy.getShape());
  }

  /** A batch without coupling. */
  public ResponseBatch(
      NDArray policy, @Nullable NDArray reference, NDArray mask, ResponseLabels labels) {
    this(policy, reference, mask, labels, null);
  }

  /** The same with the coupling of its step. */
  public ResponseBatch with(Coupling given) {
    return new ResponseBatch(policy, reference, mask, labels, given);
  }

  /** Policy minus reference [N, T]; without a reference the policy's log-probabilities. */
  public NDArray logRatios() {
    return reference == null ? policy : policy.sub(reference);
  }

  /** Summed log-ratio of each response [N, 1]. */
  public NDArray logRatio() {
    return Masked.rowSum(logRatios(), mask);
  }

  /** The shift of the step; throws if the batch has no coupling. */
  public double shift() {
    if (coupling == null) {
      throw new IllegalStateException(
          "the loss needs the coupling of its step, which the batch does not have");
    }
    return coupling.shift();
  }
}
