package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.experience.PerToken;
import dev.kelpie.tensors.TensorScope;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A loss over some responses of an optimiser step; several make its {@link StepObjective}. */
interface ObjectiveTerm {
  /**
   * What a microbatch offers.
   *
   * @param rows index within the step of each row
   * @param outputs of the policy [B, R]; losses are differentiated by them
   * @param divergence KL of the reference to the policy over the vocabulary [B, R], differentiable;
   *     null where no term needs it
   * @param tokens fixed numbers of the same rows [B, R]
   */
  record Part(
      List<Integer> rows,
      PolicyOutputs outputs,
      @Nullable NDArray divergence,
      TokenBatch tokens,
      TensorScope scope) {
    /** The weights [B, R] of the tokens by the index of their row; 0 for other rows. */
    NDArray weights(Map<Integer, PerToken> byRow) {
      int width = (int) tokens.mask().getShape().get(1);
      float[] numbers = new float[rows.size() * width];
      for (int b = 0; b < rows.size(); b++) {
        PerToken row = byRow.get(rows.get(b));
        if (row != null) {
          row.copyTo(numbers, b * width);
        }
      }
      return scope.floats(numbers, rows.size(), width); // [B, R]
    }

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
