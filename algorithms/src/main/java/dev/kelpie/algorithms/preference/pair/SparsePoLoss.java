package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Set;

/**
 * SparsePO: TDPO1 whose log-ratios and divergences are weighted per token, {@code -log sigmoid(beta
 * (u - d))} with {@code u = sum(m log-ratio)} of the chosen minus that of the rejected response and
 * {@code d = sum(k KL)} of the rejected minus that of the chosen one. Weights of 1 are TDPO1, of 0
 * no signal.
 *
 * <p>Christopoulou et al. 2024, https://arxiv.org/abs/2410.05102. The weights come with the batch;
 * that they are learned from hidden states, or how they are read off the reference's activations,
 * is not part of the loss.
 */
public record SparsePoLoss(Options options) implements PreferenceLoss {
  public record Options(@Doc("strength of the pull to the reference") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean takesMargin() {
    return true;
  }

  @Override
  public Set<PairColumn> columns() {
    return Set.of(
        PairColumn.KL_CHOSEN,
        PairColumn.KL_REJECTED,
        PairColumn.TOKEN_WEIGHT_CHOSEN,
        PairColumn.TOKEN_WEIGHT_REJECTED,
        PairColumn.KL_WEIGHT_CHOSEN,
        PairColumn.KL_WEIGHT_REJECTED);
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c =
        Masked.rowSum(
            batch.chosenLogRatios().mul(batch.get(PairColumn.TOKEN_WEIGHT_CHOSEN)),
            batch.chosenMask()); // [N, 1]
    NDArray r =
        Masked.rowSum(
            batch.rejectedLogRatios().mul(batch.get(PairColumn.TOKEN_WEIGHT_REJECTED)),
            batch.rejectedMask()); // [N, 1]
    NDArray chosen =
        Masked.rowSum(
            batch.get(PairColumn.KL_CHOSEN).mul(batch.get(PairColumn.KL_WEIGHT_CHOSEN)),
            batch.chosenMask()); // [N, 1]
    NDArray rejected =
        Masked.rowSum(
            batch.get(PairColumn.KL_REJECTED).mul(batch.get(PairColumn.KL_WEIGHT_REJECTED)),
            batch.rejectedMask()); // [N, 1]
    NDArray logits = mul(c.sub(r).sub(rejected.sub(chosen)), options.beta); // [N, 1]
    NDArray losses = batch.expected(logits, x -> LogSigmoid.of(x).neg()); // [N, 1]
    return PairLosses.of(losses, options.beta, c, r);
  }
}
