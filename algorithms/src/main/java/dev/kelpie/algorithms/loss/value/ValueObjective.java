package dev.kelpie.algorithms.loss.value;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import java.util.Map;
import java.util.TreeMap;

/** The learner's objective for values: a value loss and its aggregation. */
public record ValueObjective(ValueLoss loss, Aggregation aggregation) {
  /**
   * The objective of an experiment: {@code value.clip} and {@code value.coef} are the loss's {@code
   * clip} and {@code scale} unless {@code algorithm.value-loss} gives them.
   */
  public static ValueObjective of(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    Map<String, Object> values = new TreeMap<>();
    values.put("clip", experiment.value().clip());
    values.put("scale", experiment.value().coef());
    values.putAll(algorithm.valueLoss().values());
    int normLength =
        algorithm.normLength() > 0 ? algorithm.normLength() : experiment.rollout().maxNewTokens();
    return new ValueObjective(
        ValueLosses.catalog().create(ConfigBlock.of(algorithm.valueLoss().path(), values)),
        Aggregation.of(algorithm.aggregation(), normLength));
  }

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
