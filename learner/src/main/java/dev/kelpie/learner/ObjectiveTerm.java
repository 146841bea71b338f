package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.tensors.TensorScope;
import java.util.List;
import java.util.Optional;

/** A loss over some responses of an optimiser step; several make its {@link StepObjective}. */
interface ObjectiveTerm {
  /**
   * What a microbatch offers.
   *
   * @param rows index within the step of each row
   * @param outputs of the policy [B, R]; losses are differentiated by them
   * @param tokens fixed numbers of the same rows [B, R]
   */
  record Part(List<Integer> rows, PolicyOutputs outputs, TokenBatch tokens, TensorScope scope) {
    /** The rows [N, R] of {@code array} [B, R] at {@code places}; differentiable by it. */
    NDArray at(NDArray array, List<Integer> places) {
      long width = array.getShape().get(1);
      long[] from = places.stream().mapToLong(place -> place).toArray();
      NDArray index =
          scope
              .manager()
              .create(from)
              .reshape(from.length, 1)
              .broadcast(from.length, width); // [N, R]
      return array.gather(index, 0); // [N, R]
    }
  }

  /**
   * The term on a microbatch, divided by what counts over the whole optimiser step; empty when none
   * of its responses is there.
   */
  Optional<LossTerms> evaluate(Part part);

  /** Whether its gradient depends on the entropy of the outputs. */
  default boolean usesEntropy() {
    return false;
  }
}
