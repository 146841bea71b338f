package dev.kelpie.learner;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.model.Forward;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Optional;

/**
 * The weighted sum of the terms of an optimiser step on a microbatch. Every response goes through
 * the model once, whatever the number of terms it is part of.
 *
 * @param rows the step's responses
 * @param terms the terms of positive or negative weight, the main one first
 * @param usesVocabulary whether the passes have the KL of the reference over the vocabulary
 */
record StepObjective(StepRows rows, List<Weighted> terms, boolean usesVocabulary)
    implements TrainedModel.Objective {
  /**
   * A term with its factor.
   *
   * @param name of the term; empty for the main one
   */
  record Weighted(String name, double weight, ObjectiveTerm term) {
    private void report(LossTerms terms, double value, Metrics metrics) {
      if (name.isEmpty()) {
        metrics.merge(terms.metrics());
      } else {
        metrics.sum("policy/terms/" + name, value);
      }
    }
  }

  /**
   * The weighted sum of terms on a microbatch.
   *
   * @param total differentiable by the outputs [], 0 where the microbatch has none of their rows
   * @param reported its value
   * @param usesEntropy whether its gradient depends on the entropy of the outputs
   */
  record Sum(NDArray total, double reported, boolean usesEntropy) {}

  StepObjective {
    terms = List.copyOf(terms);
  }

  /** The weighted sum of {@code terms} on a microbatch; their losses go to {@code metrics}. */
  static Sum sum(List<Weighted> terms, ObjectiveTerm.Part part, Metrics metrics) {
    NDArray total = mul(part.outputs().logprobs().sum(), 0); // []
    double reported = 0;
    boolean usesEntropy = false;
    for (Weighted weighted : terms) {
      Optional<LossTerms> loss = weighted.term().evaluate(part);
      if (loss.isPresent()) {
        NDArray value = mul(loss.get().loss(), weighted.weight()); // []
        double number = Masked.number(loss.get().loss().stopGradient());
        weighted.report(loss.get(), number, metrics);
        reported += weighted.weight() * number;
        total = total.add(value); // []
        usesEntropy |= weighted.term().usesEntropy();
      }
    }
    return new Sum(total, reported, usesEntropy);
  }

  @Override
  public Metrics learn(Forward forward, Microbatch batch, TrainingScope scope) {
    NDArray logprobs = scope.leaf(forward.logprobs()); // [B, R]
    NDArray entropy = scope.leaf(forward.entropy()); // [B, R]
    TokenBatch tokens = rows.tokens(batch, logprobs.stopGradient(), scope);
    rows.putMissing(Column.OLD_LOGPROBS, batch, forward.logprobs());
    NDArray divergence = usesVocabulary ? scope.leaf(forward.divergence()) : null; // [B, R]
    ObjectiveTerm.Part part =
        new ObjectiveTerm.Part(
            batch.rows(), new PolicyOutputs(logprobs, entropy), divergence, tokens, scope);
    Metrics metrics = new Metrics();
    Sum sum = sum(terms, part, metrics);
    double reported = sum.reported();
    NDArray total = sum.total(); // []
    if (divergence != null) {
      total = total.add(mul(divergence.sum(), 0)); // a microbatch may have none of its terms
    }
    NDList gradients =
        scope.gradients(
            total,
            divergence == null
                ? List.of(logprobs, entropy)
                : List.of(logprobs, entropy, divergence));
    metrics.sum("policy/loss", reported);
    Finite.require("policy/loss", reported, gradients, batch, i -> rows.row(i).trajectory().id());
    if (divergence != null) {
      forward.backwardDivergence(gradients.get(0), gradients.get(1), gradients.get(2));
    } else if (sum.usesEntropy()) {
      forward.backward(gradients.get(0), gradients.get(1), gradients.get(0).zerosLike());
    } else {
      forward.backward(gradients.get(0));
    }
    return metrics;
  }
}
