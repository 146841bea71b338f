package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * DPO with a term of value: {@code -log sigmoid(beta h) + sign alpha beta (log pi - log ref)(y)}.
 * Optimism, sign +, moves probability away from y, which was drawn from the reference, towards what
 * is not explored; pessimism, sign -, keeps y likely. The mean of both sides is taken where both
 * are y.
 *
 * <p>Optimistic: SELM, Zhang et al. 2024, https://arxiv.org/abs/2405.19332, as its authors' code
 * adds it to the logistic loss. Either sign: VPO, Cen et al. 2024,
 * https://arxiv.org/abs/2405.19320, with the calibration policy's responses as y. Where y is a row
 * of its own, the loss {@code optimism} is this term alone.
 */
public record OptimisticLoss(Options options) implements PreferenceLoss {
  /** The direction of the term. */
  public enum Attitude {
    /** Lowers the likelihood of y. */
    OPTIMISTIC,
    /** Raises the likelihood of y. */
    PESSIMISTIC
  }

  /** The responses that are y. */
  public enum Side {
    CHOSEN,
    REJECTED,
    BOTH
  }

  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("factor of the term, beside beta") double alpha,
      @Doc("optimistic lowers the likelihood of y, pessimistic raises it") Attitude attitude,
      @Doc("which side of the pair is y: chosen, rejected, or both, their mean") Side on) {
    /** SELM. */
    public static final Options SELM = new Options(0.1, 0.001, Attitude.OPTIMISTIC, Side.BOTH);

    /** VPO offline: the chosen responses calibrate. */
    public static final Options VPO = new Options(0.1, 0.01, Attitude.PESSIMISTIC, Side.CHOSEN);

    public Options {
      Require.positive("beta", beta);
      Require.atLeast("alpha", alpha, 0);
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
    NDArray losses =
        batch.expected(mul(c.sub(r), options.beta), x -> LogSigmoid.of(x).neg()); // [N, 1]
    if (options.alpha != 0) {
      double sign = options.attitude == Attitude.OPTIMISTIC ? 1 : -1;
      NDArray term = mul(explored(c, r), sign * options.alpha * options.beta); // [N, 1]
      losses = losses.add(batch.weighted(term)); // [N, 1]
    }
    return PairLosses.of(losses, options.beta, c, r);
  }

  private NDArray explored(NDArray c, NDArray r) {
    return switch (options.on) {
      case CHOSEN -> c;
      case REJECTED -> r;
      case BOTH -> mul(c.add(r), 0.5); // [N, 1]
    };
  }
}
