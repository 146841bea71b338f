package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.experience.TokenIds;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Labels single responses as desirable or not, and gives them targets.
 *
 * <p>To add one: a file that implements this and one line in {@link ResponseLabels}.
 */
public interface ResponseLabelRule {
  /**
   * The responses to one prompt.
   *
   * @param members all that have a reward, in order of their sample number
   * @param tokens the tokens of a response by its row
   */
  record Group(List<Candidate> members, IntFunction<TokenIds> tokens) {}

  /** The label of {@code response}; empty: it has none and is left out of the loss. */
  Optional<ResponseLabel> label(Candidate response, Group group);

  /** Whether the labels say that some responses are undesirable. */
  default boolean makesDesirable() {
    return false;
  }

  /** Whether the targets mean something. */
  default boolean makesTargets() {
    return false;
  }

  /** The member whose responses the others are compared with, if the rule names one. */
  default Optional<String> against() {
    return Optional.empty();
  }
}
