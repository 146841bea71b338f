package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.tensors.ThreadLanes;
import java.util.List;
import java.util.Map;

/**
 * The separate critic: a copy of the policy's trunk with a head of its own that starts at 0, and
 * its own optimiser. The value of column t belongs to the state before token t.
 */
record ValueModel(TrainedModel trained, ValueObjective objective) implements AutoCloseable {
  /** A critic whose trunk is a copy of {@code policy}'s. */
  static ValueModel copyOf(CausalLm policy, Experiment experiment, ThreadLanes lanes) {
    CausalLm model =
        CausalLm.of(policy.config(), Heads.VALUE, policy.snapshot("policy", new PolicyVersion(0)));
    return new ValueModel(
        new TrainedModel("value", model, experiment.learner(), lanes),
        ValueObjective.of(experiment));
  }

  /** Fills {@link Column#OLD_VALUES} of all rows with the values as they are now. */
  void score(StepRows rows, List<Microbatch> batches) {
    trained.score(
        batches, 1, (batch, pass) -> rows.putMissing(Column.OLD_VALUES, batch, pass.values()));
  }

  /** One optimiser step towards the returns of {@code rows}. */
  Map<String, Double> step(
      StepRows rows, Denominators step, List<Microbatch> batches, double rate) {
    return trained.step(
        batches,
        1,
        rate,
        (forward, batch, scope) -> {
          NDArray leaf = scope.leaf(forward.values()); // [B, R]
          TokenBatch tokens = rows.tokens(batch, leaf.zerosLike(), scope);
          LossTerms terms = objective.evaluate(leaf, tokens, step);
          NDList gradients = scope.gradients(terms.loss(), List.of(leaf));
          double loss = terms.loss().stopGradient().getFloat();
          Finite.require("value/loss", loss, gradients, batch, i -> rows.row(i).trajectory().id());
          forward.backwardValues(gradients.get(0));
          return terms.metrics();
        });
  }

  @Override
  public void close() {
    trained.close();
  }
}
