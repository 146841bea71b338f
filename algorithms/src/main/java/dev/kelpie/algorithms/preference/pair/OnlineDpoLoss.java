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
 * DPO or IPO over two samples of one policy, where the label says which of them won: {@code p L(h)
 * + (1 - p) L(-h)} with p the probability that the first, which lies on the chosen side, is better.
 *
 * <p>Guo et al. 2024, https://arxiv.org/abs/2402.04792; {@code L(h) = -log sigmoid(beta h)}, or
 * {@code (h - 1 / (2 beta))^2} of summed log-ratios (https://arxiv.org/abs/2310.12036, eq. 17).
 */
public record OnlineDpoLoss(Options options) implements PreferenceLoss {
  /** The loss of the winner over the loser. */
  public enum Kind {
    SIGMOID,
    IPO;

    /** The expected loss of the margin h [N, 1] under the labels of {@code batch}. */
    NDArray of(PairBatch batch, NDArray h, double beta) {
      return this == SIGMOID
          ? batch.expected(mul(h, beta), x -> LogSigmoid.of(x).neg())
          : batch.expected(h, x -> x.sub(1 / (2 * beta)).square());
    }
  }

  public record Options(
      @Doc("strength of the pull to the reference") double beta, @Doc("sigmoid or ipo") Kind loss) {
    public static final Options DEFAULTS = new Options(0.1, Kind.SIGMOID);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean sidesHaveRoles() {
    return true;
  }

  @Override
  public boolean takesProbability() {
    return true;
  }

  @Override
  public boolean takesMargin() {
    return options.loss == Kind.SIGMOID;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    return PairLosses.of(options.loss.of(batch, c.sub(r), options.beta), options.beta, c, r);
  }
}
