package dev.kelpie.learner;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.model.Forward;
import dev.kelpie.tensors.TensorScope;
import dev.kelpie.tensors.TrainingScope;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A loss over pairs on a microbatch: the mean over the pairs of the optimiser step, and {@code
 * nll-coef} times the mean negative log-likelihood of the chosen responses' tokens. Both responses
 * of a pair are in one microbatch; a response may be in several pairs.
 *
 * @param rows the step's responses
 * @param pairs the step's pairs
 * @param count number of pairs of the whole optimiser step
 * @param chosenTokens number of tokens of their chosen responses
 */
record PairObjective(
    PreferenceLoss loss, StepRows rows, StepPairs pairs, int count, long chosenTokens)
    implements TrainedModel.Objective {
  /** The objective of an optimiser step on the pairs of {@code minibatch}. */
  static PairObjective of(
      PreferenceLoss loss, StepRows rows, StepPairs pairs, Collection<Integer> minibatch) {
    List<StepPairs.Pair> counted = pairs.among(minibatch);
    long tokens = counted.stream().mapToLong(pair -> rows.row(pair.chosen()).length()).sum();
    return new PairObjective(loss, rows, pairs, counted.size(), tokens);
  }

  @Override
  public Metrics learn(Forward forward, Microbatch batch, TrainingScope scope) {
    NDArray logprobs = scope.leaf(forward.logprobs()); // [B, R]
    TokenBatch tokens = rows.tokens(batch, logprobs.stopGradient(), scope);
    rows.putMissing(Column.OLD_LOGPROBS, batch, forward.logprobs());
    PairBatch given = pairs(batch, logprobs, tokens, scope);
    PairLosses losses = loss.evaluate(given);
    NDArray total = div(losses.values().sum(), count); // []
    if (loss.nllCoef() != 0) {
      total = total.sub(mul(given.chosen().sum(), loss.nllCoef() / chosenTokens)); // []
    }
    NDList gradients = scope.gradients(total, List.of(logprobs));
    double value = Masked.number(total.stopGradient());
    Finite.require("policy/loss", value, gradients, batch, i -> rows.row(i).trajectory().id());
    forward.backward(gradients.get(0));
    return metrics(losses, given, value);
  }

  private PairBatch pairs(
      Microbatch batch, NDArray logprobs, TokenBatch tokens, TensorScope scope) {
    Map<Integer, Integer> places = new HashMap<>();
    for (int b = 0; b < batch.rows().size(); b++) {
      places.put(batch.rows().get(b), b);
    }
    List<StepPairs.Pair> here = pairs.among(batch.rows());
    long[] chosen = here.stream().mapToLong(pair -> places.get(pair.chosen())).toArray();
    long[] rejected = here.stream().mapToLong(pair -> places.get(pair.rejected())).toArray();
    NDArray reference = loss.needsReference() ? tokens.referenceLogprobs() : null; // [B, R]
    return new PairBatch(
        rowsOf(logprobs, chosen, scope),
        rowsOf(logprobs, rejected, scope),
        reference == null ? null : rowsOf(reference, chosen, scope),
        reference == null ? null : rowsOf(reference, rejected, scope),
        rowsOf(tokens.mask(), chosen, scope),
        rowsOf(tokens.mask(), rejected, scope),
        StepPairs.labels(here, scope));
  }

  /** The rows [N, R] of {@code array} [B, R] at {@code places}; differentiable by it. */
  private static NDArray rowsOf(NDArray array, long[] places, TensorScope scope) {
    long width = array.getShape().get(1);
    NDArray index =
        scope
            .manager()
            .create(places)
            .reshape(places.length, 1)
            .broadcast(places.length, width); // [N, R]
    return array.gather(index, 0); // [N, R]
  }

  private static Metrics metrics(PairLosses losses, PairBatch batch, double value) {
    NDArray all = losses.chosenRewards().onesLike(); // [N, 1]
    return new Metrics()
        .sum("policy/loss", value)
        .merge(losses.metrics())
        .mean("preference/chosen_reward", losses.chosenRewards(), all)
        .mean("preference/rejected_reward", losses.rejectedRewards(), all)
        .mean("preference/chosen_logprob", batch.chosen(), all)
        .mean("preference/rejected_logprob", batch.rejected(), all);
  }
}
