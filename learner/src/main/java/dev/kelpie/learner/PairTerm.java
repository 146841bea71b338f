package dev.kelpie.learner;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.PreferenceLoss.NllOf;
import dev.kelpie.experience.PerToken;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.rows.View;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A loss over pairs: the mean over the pairs of the optimiser step, and {@code nll-coef} times the
 * mean negative log-likelihood of the tokens of the chosen, or the third, responses. All responses
 * of a pair are in one microbatch; a response may be in several pairs.
 *
 * <p>A weight of a token multiplies its log-probabilities; a token of weight 0 does not count for
 * the length either.
 *
 * @param rows of the step
 * @param pairs of the optimiser step
 * @param weights of their tokens
 * @param nllTokens number of tokens whose likelihood is learnt
 */
record PairTerm(
    PreferenceLoss loss,
    StepRows rows,
    StepPairs pairs,
    Optional<Map<Integer, PerToken>> weights,
    long nllTokens)
    implements ObjectiveTerm {
  private static final Set<PairColumn> VOCABULARY =
      Set.of(PairColumn.KL_CHOSEN, PairColumn.KL_REJECTED);
  private static final Set<PairColumn> WEIGHTS =
      Set.of(
          PairColumn.TOKEN_WEIGHT_CHOSEN,
          PairColumn.TOKEN_WEIGHT_REJECTED,
          PairColumn.KL_WEIGHT_CHOSEN,
          PairColumn.KL_WEIGHT_REJECTED);

  /** The term of an optimiser step on the pairs among {@code minibatch}. */
  static PairTerm of(
      PreferenceLoss loss,
      StepRows rows,
      StepPairs pairs,
      Collection<Integer> minibatch,
      Optional<Map<Integer, PerToken>> weights) {
    StepPairs counted = new StepPairs(pairs.among(minibatch), pairs.source(), pairs.variants());
    boolean gold = loss.nllOf() == NllOf.GOLD && loss.nllCoef() != 0;
    long tokens =
        counted.pairs().stream()
            .mapToLong(pair -> rows.row(gold ? pair.gold() : pair.chosen()).length())
            .sum();
    return new PairTerm(loss, rows, counted, weights, tokens);
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
      NDArray likelihood =
          loss.nllOf() == NllOf.CHOSEN
              ? batch.chosen()
              : Masked.rowSum(
                  batch.get(PairColumn.GOLD), batch.get(PairColumn.GOLD_MASK)); // [N, 1]
      total = total.sub(mul(likelihood.sum(), loss.nllCoef() / nllTokens)); // []
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
    NDArray mask = tokens.mask(); // [B, R]
    @Nullable NDArray reference =
        loss.needsReference() ? tokens.referenceLogprobs() : null; // [B, R]
    if (weights.isPresent() && !weighsItself()) {
      NDArray factors = part.weights(weights.get()); // [B, R]
      logprobs = logprobs.mul(factors); // [B, R]
      reference = reference == null ? null : reference.mul(factors); // [B, R]
      mask = mask.mul(Masked.indicator(factors.neq(0), mask)); // [B, R]
    }
    return new PairBatch(
        part.at(logprobs, chosen),
        part.at(logprobs, rejected),
        reference == null ? null : part.at(reference, chosen),
        reference == null ? null : part.at(reference, rejected),
        part.at(mask, chosen),
        part.at(mask, rejected),
        StepPairs.labels(here, loss.targetBeta(), part.scope()),
        columns(part, here, places, chosen, rejected));
  }

  private boolean weighsItself() {
    return loss.columns().contains(PairColumn.TOKEN_WEIGHT_CHOSEN);
  }

  private Map<PairColumn, NDArray> columns(
      Part part,
      List<StepPairs.Pair> here,
      Map<Integer, Integer> places,
      List<Integer> chosen,
      List<Integer> rejected) {
    Map<PairColumn, NDArray> columns = new EnumMap<>(PairColumn.class);
    Set<PairColumn> wanted = loss.columns();
    TokenBatch tokens = part.tokens();
    if (wanted.contains(PairColumn.OLD_CHOSEN)) {
      columns.put(PairColumn.OLD_CHOSEN, part.at(tokens.oldLogprobs(), chosen)); // [N, R]
      columns.put(PairColumn.OLD_REJECTED, part.at(tokens.oldLogprobs(), rejected)); // [N, R]
    }
    NDArray divergence = part.divergence(); // [B, R]
    if (divergence != null && wanted.containsAll(VOCABULARY)) {
      columns.put(PairColumn.KL_CHOSEN, part.at(divergence, chosen)); // [N, R]
      columns.put(PairColumn.KL_REJECTED, part.at(divergence, rejected)); // [N, R]
    }
    if (wanted.containsAll(WEIGHTS)) {
      NDArray own =
          weights.isPresent() ? part.weights(weights.get()) : tokens.mask().onesLike(); // [B, R]
      NDArray kl = tokens.find(Column.KL_WEIGHTS).orElse(tokens.mask().onesLike()); // [B, R]
      columns.put(PairColumn.TOKEN_WEIGHT_CHOSEN, part.at(own, chosen)); // [N, R]
      columns.put(PairColumn.TOKEN_WEIGHT_REJECTED, part.at(own, rejected)); // [N, R]
      columns.put(PairColumn.KL_WEIGHT_CHOSEN, part.at(kl, chosen)); // [N, R]
      columns.put(PairColumn.KL_WEIGHT_REJECTED, part.at(kl, rejected)); // [N, R]
    }
    if (wanted.contains(PairColumn.GOLD)) {
      List<Integer> gold = here.stream().map(pair -> places.get(pair.gold())).toList();
      columns.put(PairColumn.GOLD, part.at(part.outputs().logprobs(), gold)); // [N, R]
      columns.put(PairColumn.GOLD_MASK, part.at(tokens.mask(), gold)); // [N, R]
    }
    if (wanted.contains(PairColumn.REVISED_CHOSEN)) {
      NDArray reference = tokens.referenceLogprobs(); // [B, R]
      for (Shown shown : Shown.values()) {
        List<Integer> at = here.stream().map(pair -> places.get(shown.row(pair, rows))).toList();
        columns.put(shown.policy, part.at(part.outputs().logprobs(), at)); // [N, R]
        columns.put(shown.reference, part.at(reference, at)); // [N, R]
      }
    }
    return columns;
  }

  /** The rows of a pair's responses where the prompt shows one of them. */
  static List<Integer> views(StepPairs.Pair pair, StepRows rows) {
    return Stream.of(Shown.values()).map(shown -> shown.row(pair, rows)).toList();
  }

  /** Which response is looked at, and which one its prompt shows. */
  private enum Shown {
    REVISED_CHOSEN(PairColumn.REVISED_CHOSEN, PairColumn.REFERENCE_REVISED_CHOSEN, true, false),
    REVISED_REJECTED(
        PairColumn.REVISED_REJECTED, PairColumn.REFERENCE_REVISED_REJECTED, false, true),
    REPEATED_CHOSEN(PairColumn.REPEATED_CHOSEN, PairColumn.REFERENCE_REPEATED_CHOSEN, true, true),
    REPEATED_REJECTED(
        PairColumn.REPEATED_REJECTED, PairColumn.REFERENCE_REPEATED_REJECTED, false, false);

    private final PairColumn policy;
    private final PairColumn reference;
    private final boolean chosen;
    private final boolean showsChosen;

    Shown(PairColumn policy, PairColumn reference, boolean chosen, boolean showsChosen) {
      this.policy = policy;
      this.reference = reference;
      this.chosen = chosen;
      this.showsChosen = showsChosen;
    }

    private int row(StepPairs.Pair pair, StepRows rows) {
      return rows.view(
          new View(
              chosen ? pair.chosen() : pair.rejected(),
              showsChosen ? pair.chosen() : pair.rejected()));
    }
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
