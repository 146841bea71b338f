package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.model.Forward;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Optional;

/**
 * The policy's objective on a microbatch. The loss sees only the model's outputs [B, R]; its
 * gradient by them starts the model's backward pass. The gradients of further terms are added to
 * it. A microbatch whose responses only those terms are over has neither policy nor value loss.
 *
 * @param rows the step's responses; old log-probabilities that are not there yet (the first update
 *     after a rollout by these very weights) are those of the forward pass, and are kept
 * @param step counts of the whole optimiser step
 * @param objective the policy loss; empty while only the value head learns
 * @param values the value loss of a head on the policy's own hidden state
 * @param terms the further terms, none while only the value head learns
 */
record PolicyUpdate(
    StepRows rows,
    Denominators step,
    Optional<PolicyObjective> objective,
    Optional<ValueObjective> values,
    List<StepObjective.Weighted> terms)
    implements TrainedModel.Objective {
  PolicyUpdate {
    terms = List.copyOf(terms);
  }

  @Override
  public Metrics learn(Forward forward, Microbatch batch, TrainingScope scope) {
    NDArray logprobs = scope.leaf(forward.logprobs()); // [B, R]
    NDArray entropy = scope.leaf(forward.entropy()); // [B, R]
    TokenBatch tokens = rows.tokens(batch, logprobs.stopGradient(), scope);
    rows.putMissing(Column.OLD_LOGPROBS, batch, forward.logprobs());
    Metrics metrics = new Metrics();
    NDArray gradLogprobs = logprobs.zerosLike(); // [B, R]
    NDArray gradEntropy = logprobs.zerosLike(); // [B, R]
    boolean entropyCounts = false;
    boolean own = !rows.isBeside(batch.rows().get(0));
    if (objective.isPresent() && own) {
      LossTerms terms =
          objective.get().evaluate(new PolicyOutputs(logprobs, entropy), tokens, step);
      NDList gradients = scope.gradients(terms.loss(), List.of(logprobs, entropy));
      require("policy/loss", terms, gradients, batch);
      gradLogprobs = gradients.get(0); // [B, R]
      gradEntropy = gradients.get(1); // [B, R]
      entropyCounts = objective.get().entropyCoef() != 0;
      metrics.merge(terms.metrics());
    }
    if (!terms.isEmpty()) {
      NDList gradients = learnTerms(forward, batch, tokens, scope, metrics);
      gradLogprobs = gradLogprobs.add(gradients.get(0)); // [B, R]
      gradEntropy = gradEntropy.add(gradients.get(1)); // [B, R]
      entropyCounts |= terms.stream().anyMatch(weighted -> weighted.term().usesEntropy());
    }
    if (values.isPresent() && own) {
      NDArray leaf = scope.leaf(forward.values()); // [B, R]
      LossTerms terms = values.get().evaluate(leaf, tokens, step);
      NDList gradients = scope.gradients(terms.loss(), List.of(leaf));
      require("value/loss", terms, gradients, batch);
      metrics.merge(terms.metrics());
      forward.backward(gradLogprobs, gradEntropy, gradients.get(0));
    } else if (entropyCounts) {
      forward.backward(gradLogprobs, gradEntropy, gradLogprobs.zerosLike());
    } else {
      forward.backward(gradLogprobs);
    }
    return metrics;
  }

  /** The gradients of the terms by log-probabilities and entropy [B, R]. */
  private NDList learnTerms(
      Forward forward, Microbatch batch, TokenBatch tokens, TrainingScope scope, Metrics metrics) {
    NDArray logprobs = scope.leaf(forward.logprobs()); // [B, R]; gradients of a leaf add up
    NDArray entropy = scope.leaf(forward.entropy()); // [B, R]
    ObjectiveTerm.Part part =
        new ObjectiveTerm.Part(
            batch.rows(), new PolicyOutputs(logprobs, entropy), null, tokens, scope);
    StepObjective.Sum sum = StepObjective.sum(terms, part, metrics);
    NDList gradients = scope.gradients(sum.total(), List.of(logprobs, entropy));
    metrics.sum("policy/loss", sum.reported());
    Finite.require(
        "policy/terms", sum.reported(), gradients, batch, i -> rows.row(i).trajectory().id());
    return gradients;
  }

  private void require(String name, LossTerms terms, NDList gradients, Microbatch batch) {
    double loss = terms.loss().stopGradient().getFloat();
    Finite.require(name, loss, gradients, batch, i -> rows.row(i).trajectory().id());
  }
}
