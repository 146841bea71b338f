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
 * gradient by them starts the model's backward pass.
 *
 * @param rows the step's responses; old log-probabilities that are not there yet (the first update
 *     after a rollout by these very weights) are those of the forward pass, and are kept
 * @param step counts of the whole optimiser step
 * @param objective the policy loss; empty while only the value head learns
 * @param values the value loss of a head on the policy's own hidden state
 */
record PolicyUpdate(
    StepRows rows,
    Denominators step,
    Optional<PolicyObjective> objective,
    Optional<ValueObjective> values)
    implements TrainedModel.Objective {
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
    if (objective.isPresent()) {
      LossTerms terms =
          objective.get().evaluate(new PolicyOutputs(logprobs, entropy), tokens, step);
      NDList gradients = scope.gradients(terms.loss(), List.of(logprobs, entropy));
      require("policy/loss", terms, gradients, batch);
      gradLogprobs = gradients.get(0); // [B, R]
      gradEntropy = gradients.get(1); // [B, R]
      entropyCounts = objective.get().entropyCoef() != 0;
      metrics.merge(terms.metrics());
    }
    if (values.isPresent()) {
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

  private void require(String name, LossTerms terms, NDList gradients, Microbatch batch) {
    double loss = terms.loss().stopGradient().getFloat();
    Finite.require(name, loss, gradients, batch, i -> rows.row(i).trajectory().id());
  }
}
