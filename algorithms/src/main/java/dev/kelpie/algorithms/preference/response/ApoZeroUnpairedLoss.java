package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * APO-zero over single responses: {@code 1 - sigmoid(beta x)} of a desirable and {@code
 * sigmoid(beta x)} of an undesirable response, x the summed log-ratio; KTO without its shift.
 *
 * <p>D'Oosterlinck et al. 2024, https://arxiv.org/abs/2408.06266.
 */
public record ApoZeroUnpairedLoss(Options options) implements ResponseLoss {
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
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray x = batch.logRatio(); // [N, 1]
    NDArray desirable = batch.labels().desirable(); // [N, 1]
    NDArray undesirable = desirable.neg().add(1); // [N, 1]
    NDArray value = LogSigmoid.sigmoid(mul(x, options.beta)); // [N, 1]
    NDArray losses =
        mul(value.neg().add(1).mul(desirable), options.desirableWeight)
            .add(mul(value.mul(undesirable), options.undesirableWeight))
            .mul(batch.labels().weight()); // [N, 1]
    return ResponseValues.of(losses, options.beta, x);
  }
}
