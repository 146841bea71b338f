package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseLoss.CouplingRows;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.StepTerms.Term;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.tensors.InferenceScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the responses of an optimiser step share in a loss over single responses: computed before
 * its first microbatch, from the weights before it, and the same for all of them. Running means are
 * carried from one optimiser step to the next and belong into checkpoints.
 */
final class Couplings {
  private final TrainedModel policy;
  private final Collator collator;
  private final Optional<HeldReference> reference;
  private final Map<String, Coupling> carried = new TreeMap<>();

  /** Couplings of {@code policy}, which it does not own; {@code reference} neither. */
  Couplings(TrainedModel policy, Collator collator, Optional<HeldReference> reference) {
    this.policy = policy;
    this.collator = collator;
    this.reference = reference;
  }

  /** The couplings of the terms of {@code plan} on {@code minibatch}, by the name of the term. */
  Map<String, Coupling> of(StepPlan plan, Collection<Integer> minibatch) {
    Map<String, Coupling> made = new HashMap<>();
    for (Term term : plan.terms().counted()) {
      if (term.loss() instanceof TermLoss.OfResponses loss
          && loss.loss().couplingRows() != CouplingRows.NONE) {
        List<Integer> rows = List.copyOf(plan.labels(term, minibatch).keySet());
        Coupling before = carried.getOrDefault(term.name(), Coupling.NONE);
        Coupling now = rows.isEmpty() ? before : couple(loss.loss(), plan.rows(), rows, before);
        carried.put(term.name(), now);
        made.put(term.name(), now);
      }
    }
    return made;
  }

  private Coupling couple(
      ResponseLoss loss, StepRows rows, List<Integer> counted, Coupling before) {
    boolean mismatched = loss.couplingRows() == CouplingRows.MISMATCHED;
    List<Collator.Item> items =
        mismatched ? mismatched(rows, counted) : rows.pieces().items(counted);
    if (items.isEmpty()) {
      return Coupling.NONE; // one prompt is left: no response has another one
    }
    float[] own = new float[items.size()];
    float[] other = new float[items.size()];
    Map<Integer, Integer> places = new HashMap<>();
    items.forEach(item -> places.put(item.row(), places.size()));
    List<Microbatch> batches = collator.microbatches(items);
    policy.score(
        batches,
        PairwiseUpdate.TEMPERATURE,
        (batch, pass) -> sum(batch, pass.logprobs(), places, own));
    if (mismatched) {
      reference
          .orElseThrow()
          .score(batches, (batch, pass) -> sum(batch, pass.logprobs(), places, other));
    } else {
      counted.forEach(
          row -> other[Objects.requireNonNull(places.get(row))] = (float) referenceSum(rows, row));
    }
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray policySums = scope.floats(own, own.length, 1); // [M, 1]
      NDArray referenceSums = scope.floats(other, other.length, 1); // [M, 1]
      return loss.couple(policySums, referenceSums, before);
    }
  }

  /** Each response under the prompt of the step's next group; none in a step of one group. */
  private static List<Collator.Item> mismatched(StepRows rows, List<Integer> counted) {
    TreeMap<Integer, TokenIds> prompts = new TreeMap<>();
    rows.rows().forEach(row -> prompts.put(row.group(), row.trajectory().prompt().tokens()));
    List<Collator.Item> items = new ArrayList<>();
    for (int row : counted) {
      int own = rows.row(row).group();
      @Nullable Integer next = prompts.higherKey(own);
      int group = next == null ? prompts.firstKey() : next;
      if (group != own) {
        items.add(
            new Collator.Item(
                row,
                group,
                Objects.requireNonNull(prompts.get(group)),
                rows.row(row).trajectory().response()));
      }
    }
    return items;
  }

  private static void sum(
      Microbatch batch, NDArray logprobs, Map<Integer, Integer> places, float[] sums) {
    float[] all = logprobs.toFloatArray(); // 0 where there is no token
    int width = batch.sequences().width();
    for (int b = 0; b < batch.rows().size(); b++) {
      double sum = 0;
      for (int t = 0; t < width; t++) {
        sum += all[b * width + t];
      }
      sums[Objects.requireNonNull(places.get(batch.rows().get(b)))] = (float) sum;
    }
  }

  private static double referenceSum(StepRows rows, int row) {
    PerToken numbers = rows.get(Column.REFERENCE_LOGPROBS, row);
    double sum = 0;
    for (int t = 0; t < numbers.length(); t++) {
      sum += numbers.get(t);
    }
    return sum;
  }

  /** The numbers that are carried to the next step, by term and name. */
  Map<String, Double> carried() {
    Map<String, Double> numbers = new TreeMap<>();
    carried.forEach(
        (term, coupling) -> {
          if (coupling.count() > 0) {
            numbers.put(term + "/mean", coupling.mean());
            numbers.put(term + "/count", coupling.count());
          }
        });
    return numbers;
  }

  /** Continues with the numbers of a checkpoint. */
  void restore(Map<String, Double> numbers) {
    carried.clear();
    numbers.forEach(
        (key, mean) -> {
          if (key.endsWith("/mean")) {
            String term = key.substring(0, key.length() - "/mean".length());
            double count = numbers.getOrDefault(term + "/count", 0.0);
            carried.put(term, new Coupling(mean, mean, count));
          }
        });
  }
}
