package dev.kelpie.learner;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A loss over pairs: the mean over the pairs of the optimiser step, and {@code nll-coef} times the
 * mean negative log-likelihood of the chosen responses' tokens. Both responses of a pair are in one
 * microbatch; a response may be in several pairs.
 *
 * @param pairs of the optimiser step
 * @param chosenTokens number of tokens of their chosen responses
 */
record PairTerm(PreferenceLoss loss, StepPairs pairs, long chosenTokens) implements ObjectiveTerm {
  /** Further numbers that a loss can ask for. */
  static final Set<PairColumn> COLUMNS = Set.of(PairColumn.OLD_CHOSEN, PairColumn.OLD_REJECTED);

  /** The term of an optimiser step on the pairs among {@code minibatch}. */
  static PairTerm of(
      PreferenceLoss loss, StepRows rows, StepPairs pairs, Collection<Integer> minibatch) {
    StepPairs counted = new StepPairs(pairs.among(minibatch), pairs.source());
    long tokens =
        counted.pairs().stream().mapToLong(pair -> rows.row(pair.chosen()).length()).sum();
    return new PairTerm(loss, counted, tokens);
  }

  @Override
  public Optional<LossTerms> evaluate(Part part) {
    List<StepPairs.Pair> here = pairs.among(part.rows());
    if (here.isEmpty()) {
      return Optional.empty();
    }
    PairBatch batch = batch(part, here);
    PairLosses losses = loss.evaluate(batch);
    NDArray total = div(losses.values().sum(), pairs.pairs().size()); // []
    if (loss.nllCoef() != 0) {
      total = total.sub(mul(batch.chosen().sum(), loss.nllCoef() / chosenTokens)); // []
    }
    return Optional.of(new LossTerms(total, metrics(losses, batch)));
  }

  private PairBatch batch(Part part, List<StepPairs.Pair> here) {
    Map<Integer, Integer> places = new HashMap<>();
    for (int b = 0; b < part.rows().size(); b++) {
      places.put(part.rows().get(b), b);
    }
    List<Integer> chosen = here.stream().map(pair -> places.get(pair.chosen())).toList();
    List<Integer> rejected = here.stream().map(pair -> places.get(pair.rejected())).toList();
    TokenBatch tokens = part.tokens();
    NDArray logprobs = part.outputs().logprobs(); // [B, R]
    NDArray reference = loss.needsReference() ? tokens.referenceLogprobs() : null; // [B, R]
    Map<PairColumn, NDArray> columns = new EnumMap<>(PairColumn.class);
    if (loss.columns().contains(PairColumn.OLD_CHOSEN)) {
      columns.put(PairColumn.OLD_CHOSEN, part.at(tokens.oldLogprobs(), chosen)); // [N, R]
      columns.put(PairColumn.OLD_REJECTED, part.at(tokens.oldLogprobs(), rejected)); // [N, R]
    }
    return new PairBatch(
        part.at(logprobs, chosen),
        part.at(logprobs, rejected),
        reference == null ? null : part.at(reference, chosen),
        reference == null ? null : part.at(reference, rejected),
        part.at(tokens.mask(), chosen),
        part.at(tokens.mask(), rejected),
        StepPairs.labels(here, loss.targetBeta(), part.scope()),
        columns);
  }

  private static Metrics metrics(PairLosses losses, PairBatch batch) {
    NDArray all = losses.chosenRewards().onesLike(); // [N, 1]
    return new Metrics()
        .merge(losses.metrics())
        .mean("preference/chosen_reward", losses.chosenRewards(), all)
        .mean("preference/rejected_reward", losses.rejectedRewards(), all)
        .mean("preference/chosen_logprob", batch.chosen(), all)
        .mean("preference/rejected_logprob", batch.rejected(), all);
  }
}
