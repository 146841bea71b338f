package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * The value term of optimistic preference learning alone, {@code coef (log pi - log ref)(y)} over
 * responses y of the reference. A positive factor lowers the likelihood of what was drawn
 * (optimism), a negative one keeps it likely (pessimism).
 *
 * <p>SELM, https://arxiv.org/abs/2405.19332, where the factor is alpha beta; VPO,
 * https://arxiv.org/abs/2405.19320, where it has either sign.
 */
public record OptimismLoss(Options options) implements ResponseLoss {
  public record Options(
      @Doc("factor of the log-ratio; below 0 it raises the likelihood of the rows") double coef) {
    public static final Options DEFAULTS = new Options(1e-4);

    public Options {
      Require.that(Double.isFinite(coef), "coef: %s (expected: a finite number)", coef);
    }
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray x = batch.logRatio(); // [N, 1]
    NDArray losses = mul(x, options.coef).mul(batch.labels().weight()); // [N, 1]
    return ResponseValues.of(losses, 1, x);
  }
}
