package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.maximum;
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
 * KTO: with the summed log-ratio x, {@code wd (1 - sigmoid(beta (x - kl)))} of a desirable and
 * {@code wu (1 - sigmoid(beta (kl - x)))} of an undesirable response. The shift kl is the mean
 * log-ratio of responses under prompts that are not their own, at least 0, and detached.
 *
 * <p>Ethayarajh et al. 2024, https://arxiv.org/abs/2402.01306.
 */
public record KtoLoss(Options options) implements ResponseLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("factor of the loss of desirable responses") double desirableWeight,
      @Doc("factor of the loss of undesirable responses") double undesirableWeight) {
    public static final Options DEFAULTS = new Options(0.1, 1, 1);

    public Options {
      Require.positive("beta", beta);
      Require.atLeast("desirable-weight", desirableWeight, 0);
      Require.atLeast("undesirable-weight", undesirableWeight, 0);
    }
  }

  @Override
  public boolean needsDesirable() {
    return true;
  }

  @Override
  public CouplingRows couplingRows() {
    return CouplingRows.MISMATCHED;
  }

  @Override
  public Coupling couple(NDArray policy, NDArray reference, Coupling before) {
    double kl = Masked.number(maximum(policy.sub(reference).mean(), 0));
    return new Coupling(kl, 0, 0);
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray x = batch.logRatio(); // [N, 1]
    NDArray desirable = batch.labels().desirable(); // [N, 1]
    NDArray undesirable = desirable.neg().add(1); // [N, 1]
    NDArray sign = desirable.sub(undesirable); // [N, 1]
    NDArray factors =
        mul(desirable, options.desirableWeight)
            .add(mul(undesirable, options.undesirableWeight)); // [N, 1]
    NDArray value = LogSigmoid.sigmoid(mul(x.sub(batch.shift()).mul(sign), options.beta)); // [N, 1]
    NDArray losses = value.neg().add(1).mul(factors).mul(batch.labels().weight()); // [N, 1]
    return ResponseValues.of(losses, options.beta, x);
  }
}
