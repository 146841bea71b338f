package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.experience.PerToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A policy loss over some responses of the optimiser step.
 *
 * @param members index within the step of the responses
 * @param weights of their tokens
 * @param step counts over them
 */
record TokenTerm(
    PolicyObjective objective,
    Set<Integer> members,
    Optional<Map<Integer, PerToken>> weights,
    Denominators step)
    implements ObjectiveTerm {
  @Override
  public Optional<LossTerms> evaluate(Part part) {
    List<Integer> places = new ArrayList<>();
    for (int b = 0; b < part.rows().size(); b++) {
      if (members.contains(part.rows().get(b))) {
        places.add(b);
      }
    }
    if (places.isEmpty()) {
      return Optional.empty();
    }
    TokenBatch tokens = TokenBatch.of(part.at(part.tokens().mask(), places)); // [N, R]
    for (Column column : Column.values()) {
      Optional<NDArray> numbers = part.tokens().find(column); // [B, R]
      if (numbers.isPresent() && column != Column.WEIGHTS) { // those are the policy loss's own
        tokens = tokens.with(column, part.at(numbers.get(), places)); // [N, R]
      }
    }
    if (weights.isPresent()) {
      tokens = tokens.with(Column.WEIGHTS, part.at(part.weights(weights.get()), places)); // [N, R]
    }
    PolicyOutputs outputs =
        new PolicyOutputs(
            part.at(part.outputs().logprobs(), places), part.at(part.outputs().entropy(), places));
    int[] groups = places.stream().mapToInt(place -> part.tokens().group(place)).toArray();
    return Optional.of(objective.evaluate(outputs, tokens.withGroups(groups), step));
  }

  @Override
  public boolean usesEntropy() {
    return objective.entropyCoef() != 0;
  }
}
