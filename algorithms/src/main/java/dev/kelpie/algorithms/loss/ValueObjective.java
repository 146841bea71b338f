package dev.kelpie.algorithms.loss;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;

/** A value loss and how its tokens are aggregated: what the learner evaluates. */
public record ValueObjective(ValueLoss loss, Aggregation aggregation) {
  /**
   * The loss of a microbatch, with {@code value/loss} and {@code value/error_square_mean}.
   *
   * @param values the leaf [B, R]
   * @param step counts of the whole optimiser step
   */
  public LossTerms evaluate(NDArray values, TokenBatch batch, Denominators step) {
    TokenLosses tokens = loss.evaluate(values, batch);
    NDArray total = aggregation.aggregate(tokens.values(), batch, step); // []
    Metrics metrics = new Metrics().sum("value/loss", Masked.number(total.stopGradient()));
    metrics.merge(tokens.metrics());
    NDArray error = values.stopGradient().sub(batch.returns()); // [B, R]
    metrics.mean("value/error_square_mean", error.square(), batch.mask());
    return new LossTerms(total, metrics);
  }
}
