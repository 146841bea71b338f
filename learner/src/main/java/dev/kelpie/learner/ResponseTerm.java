package dev.kelpie.learner;

import static dev.kelpie.tensors.Scalars.div;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.label.ResponseLabel;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLabels;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.experience.PerToken;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A loss over single responses: the mean over the labelled responses of the optimiser step. The
 * responses to one prompt are in one microbatch.
 *
 * @param labels of the responses of the optimiser step, by their index within the step
 * @param weights of their tokens
 * @param coupling what the responses of the optimiser step share; empty where the loss has none
 */
record ResponseTerm(
    ResponseLoss loss,
    Map<Integer, ResponseLabel> labels,
    Optional<Map<Integer, PerToken>> weights,
    Optional<Coupling> coupling)
    implements ObjectiveTerm {
  @Override
  public Optional<LossTerms> evaluate(Part part) {
    List<Integer> places = new ArrayList<>();
    for (int b = 0; b < part.rows().size(); b++) {
      if (labels.containsKey(part.rows().get(b))) {
        places.add(b);
      }
    }
    if (places.isEmpty()) {
      return Optional.empty();
    }
    places.sort(Comparator.comparing(part.rows()::get)); // the rows of a group lie together
    ResponseBatch batch = batch(part, places);
    ResponseValues values =
        loss.evaluate(coupling.isPresent() ? batch.with(coupling.get()) : batch);
    return Optional.of(
        new LossTerms(div(values.values().sum(), labels.size()), values.metrics())); // []
  }

  private ResponseBatch batch(Part part, List<Integer> places) {
    TokenBatch tokens = part.tokens();
    NDArray reference = loss.needsReference() ? tokens.referenceLogprobs() : null; // [B, R]
    List<ResponseLabel> here =
        places.stream().map(place -> labels.get(part.rows().get(place))).toList();
    ResponseLabels made =
        new ResponseLabels(
                column(part, here, label -> label.desirable() ? 1 : 0),
                column(part, here, ResponseLabel::target),
                column(part, here, ResponseLabel::weight))
            .withGroups(places.stream().mapToInt(tokens::group).toArray());
    NDArray policy = part.at(part.outputs().logprobs(), places); // [N, R]
    NDArray frozen = reference == null ? null : part.at(reference, places); // [N, R]
    NDArray mask = part.at(tokens.mask(), places); // [N, R]
    if (weights.isPresent()) {
      NDArray factors = part.at(part.weights(weights.get()), places); // [N, R]
      policy = policy.mul(factors); // [N, R]
      frozen = frozen == null ? null : frozen.mul(factors); // [N, R]
      mask = mask.mul(Masked.indicator(factors.neq(0), mask)); // [N, R]
    }
    return new ResponseBatch(policy, frozen, mask, made);
  }

  private static NDArray column(
      Part part, List<ResponseLabel> labels, ToDoubleFunction<ResponseLabel> number) {
    float[] numbers = new float[labels.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) number.applyAsDouble(labels.get(i));
    }
    return part.scope().floats(numbers, numbers.length, 1); // [N, 1]
  }
}
