package dev.kelpie.algorithms.score;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.reward.PreferenceHead;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** A loss of a reward model over pairs of responses. */
public interface ScoreLoss {
  /** The columns of the data that {@link #evaluate} asks for. */
  Set<String> columns();

  /**
   * The mean loss [] over N pairs.
   *
   * @param chosen rewards of the better responses [N, 1], a leaf; with a preference head their
   *     vectors [N, O]
   * @param rejected those of the worse responses, likewise
   * @param column the numbers [N, 1] of a column of the data
   */
  NDArray evaluate(NDArray chosen, NDArray rejected, Function<String, NDArray> column);

  /** How vectors are compared where the model has no rewards; none where it has. */
  default Optional<PreferenceHead> head() {
    return Optional.empty();
  }

  /** Outputs of the model for a response, O. */
  default int outputs() {
    return head().map(PreferenceHead::outputs).orElse(1);
  }

  /** The loss with numbers of users, if it has any. */
  default Optional<UserLoss> ofUsers() {
    return this instanceof UserLoss loss ? Optional.of(loss) : Optional.empty();
  }

  /** What is wrong with {@code value} of {@code column}, as an expectation; empty if nothing is. */
  default String expectation(String column, double value) {
    return Double.isFinite(value) ? "" : "a finite number";
  }
}
