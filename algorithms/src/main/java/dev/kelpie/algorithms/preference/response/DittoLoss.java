package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * DITTO: unlearning of repetition on texts that repeat a sentence, {@code -log(1 - |P(t) - lambda
 * P*(t - L)|)} per token, where P* is the detached probability of the same token one sentence, L
 * tokens, earlier. It is 0 where a repeated token is lambda times as likely as before. The first
 * sentence carries no loss; the mean is taken over the other tokens.
 *
 * <p>Xu et al. 2022, https://arxiv.org/abs/2206.02369, as the authors' code has it. The target of
 * the label is L.
 */
public record DittoLoss(Options options) implements ResponseLoss {
  private static final double SMALLEST = 1e-20;

  public record Options(
      @Doc("wanted ratio of the probability of a repeated token to that before") double lambda) {
    public static final Options DEFAULTS = new Options(0.5);

    public Options {
      Require.within("lambda", lambda, 0, 1);
    }
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  @Override
  public boolean needsTarget() {
    return true;
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray p = batch.policy().exp(); // [N, T]
    int tokens = (int) p.getShape().get(1);
    double[] lengths = batch.labels().target().toType(DataType.FLOAT64, false).toDoubleArray();
    double[] earlier = new double[lengths.length * tokens];
    double[] repeated = new double[lengths.length * tokens];
    double[] given = p.stopGradient().toType(DataType.FLOAT64, false).toDoubleArray();
    for (int n = 0; n < lengths.length; n++) {
      int length = (int) lengths[n];
      Require.that(
          length > 0 && length == lengths[n],
          "target: %s (expected: the tokens of the repeated sentence)",
          lengths[n]);
      for (int t = length; t < tokens; t++) {
        earlier[n * tokens + t] = given[n * tokens + t - length];
        repeated[n * tokens + t] = 1;
      }
    }
    NDArray before = like(earlier, p); // [N, T]
    NDArray counted = like(repeated, p).mul(batch.mask()); // [N, T]
    NDArray miss = p.sub(mul(before, options.lambda)).abs().neg().add(1); // [N, T]
    NDArray losses = Masked.rowMean(maximum(miss, SMALLEST).log().neg(), counted); // [N, 1]
    NDArray logprob = Masked.rowMean(batch.policy(), counted); // [N, 1]
    return ResponseValues.of(losses.mul(batch.labels().weight()), 1, logprob);
  }

  private static NDArray like(double[] numbers, NDArray array) {
    return array
        .getManager()
        .create(numbers)
        .reshape(array.getShape())
        .toType(array.getDataType(), false); // [N, T]
  }
}
