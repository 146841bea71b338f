package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * BCO: {@code -log sigmoid(beta x - delta)} of a desirable and {@code -log sigmoid(delta - beta x)}
 * of an undesirable response, x the summed log-ratio. The shift delta is the running mean of the
 * rewards {@code beta x} of all responses of all steps, those of this step included, detached.
 *
 * <p>Jung et al. 2024, https://arxiv.org/abs/2404.04656. Density-ratio weights, if any, come as the
 * weights of the labels.
 */
public record BcoLoss(Options options) implements ResponseLoss {
  public record Options(@Doc("strength of the pull to the reference") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean needsDesirable() {
    return true;
  }

  @Override
  public CouplingRows couplingRows() {
    return CouplingRows.OWN;
  }

  @Override
  public Coupling couple(NDArray policy, NDArray reference, Coupling before) {
    double batchMean = Masked.number(mul(policy.sub(reference), options.beta).mean());
    double rows = (double) policy.getShape().get(0);
    double count = before.count() + rows;
    double mean = before.mean() + (batchMean - before.mean()) * rows / count;
    return new Coupling(mean, mean, count);
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray x = batch.logRatio(); // [N, 1]
    NDArray sign = mul(batch.labels().desirable(), 2).sub(1); // [N, 1]
    NDArray logits = mul(x, options.beta).sub(batch.shift()).mul(sign); // [N, 1]
    NDArray losses = LogSigmoid.of(logits).neg().mul(batch.labels().weight()); // [N, 1]
    return ResponseValues.of(losses, options.beta, x);
  }
}
