package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * DiscoPOP: logistic and exponential loss blended by the log-ratio, {@code -log sigmoid(z) (1 - m)
 * + exp(-z) m} with {@code z = beta h} and {@code m = sigmoid(z / tau)}.
 *
 * <p>Lu et al. 2024, https://arxiv.org/abs/2406.08414.
 */
public record DiscoPopLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("temperature of the blend") double tau) {
    public static final Options DEFAULTS = new Options(0.1, 0.05);

    public Options {
      Require.positive("beta", beta);
      Require.positive("tau", tau);
    }
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = Masked.rowSum(batch.chosenLogRatios(), batch.chosenMask()); // [N, 1]
    NDArray r = Masked.rowSum(batch.rejectedLogRatios(), batch.rejectedMask()); // [N, 1]
    NDArray z = mul(c.sub(r), options.beta); // [N, 1]
    return PairLosses.of(batch.expected(z, this::blended), options.beta, c, r);
  }

  private NDArray blended(NDArray z) {
    NDArray blend = LogSigmoid.sigmoid(div(z, options.tau)); // [N, 1]
    NDArray logistic = LogSigmoid.of(z).neg(); // [N, 1]
    return logistic.mul(blend.neg().add(1)).add(z.neg().exp().mul(blend)); // [N, 1]
  }

  @Override
  public boolean takesProbability() {
    return true;
  }

  @Override
  public boolean takesMargin() {
    return true;
  }
}
