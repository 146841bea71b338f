package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/** Exponential preference loss: {@code exp(-beta h)}, h the difference of the log-ratios. */
public record ExponentialPairLoss(Options options) implements PreferenceLoss {
  public record Options(@Doc("strength of the pull to the reference") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean takesProbability() {
    return true;
  }

  @Override
  public boolean takesMargin() {
    return true;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    NDArray logits = mul(c.sub(r), options.beta); // [N, 1]
    NDArray losses = batch.expected(logits, x -> x.neg().exp()); // [N, 1]
    return PairLosses.of(losses, options.beta, c, r);
  }
}
