package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.loss.LossUnit;
import java.util.List;
import java.util.Optional;

/**
 * An objective over single responses and their labels; it never sees a model.
 *
 * <p>To add one: a file that implements this with a nested {@code record Options} and its {@code
 * DEFAULTS}, and one line in {@link dev.kelpie.algorithms.preference.response.ResponseLosses}.
 */
public interface ResponseLoss {
  /** The responses of a step that its coupling is computed from. */
  enum CouplingRows {
    /** The loss has no coupling. */
    NONE,
    /** The responses that the step learns from. */
    OWN,
    /** Responses of other prompts of the step, each scored under a prompt that is not its own. */
    MISMATCHED
  }

  /**
   * Principles that prompts begin with.
   *
   * @param columns of the data, one for each of the principles
   * @param after text between the principles and the prompt
   */
  record Principles(List<String> columns, String after) {
    public Principles {
      columns = List.copyOf(columns);
    }
  }

  /** The principles under each of which the loss needs every response of a group. */
  default Optional<Principles> principles() {
    return Optional.empty();
  }

  /**
   * The loss of each response, to be minimised; the mean over the responses of a step is the loss.
   * The weights of the labels are in it.
   */
  ResponseValues evaluate(ResponseBatch batch);

  /** The rows that the loss needs together, once it has the coupling of its step. */
  default LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  /** Whether the batch must hold the reference's log-probabilities. */
  default boolean needsReference() {
    return true;
  }

  /** Whether some labels say that a response is undesirable. */
  default boolean needsDesirable() {
    return false;
  }

  /** Whether the labels must hold targets. */
  default boolean needsTarget() {
    return false;
  }

  /** The responses that {@link #couple} wants; with none it need not be called. */
  default CouplingRows couplingRows() {
    return CouplingRows.NONE;
  }

  /**
   * The coupling of a step, from detached log-probabilities of all its rows at the weights that the
   * step starts with.
   *
   * @param policy summed over the tokens of each row [M, 1]
   * @param reference summed over the tokens of each row [M, 1]
   * @param before of the step before; {@link Coupling#NONE} at the first
   */
  default Coupling couple(NDArray policy, NDArray reference, Coupling before) {
    return before;
  }
}
