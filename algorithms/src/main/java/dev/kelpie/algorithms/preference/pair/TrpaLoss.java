package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.KlEstimator;
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
 * TRPA: DPO on token means between responses of different levels, {@code -log sigmoid(b beta h)},
 * where b is the anisotropy if the chosen response is of the top level, 1, and else 1. A trust
 * region term adds trustCoef times the mean k3 estimate, over both responses, of the KL to the
 * policy that drew them. The levels are certain, so that a label's probability is not used.
 *
 * <p>Su et al. 2025, https://arxiv.org/abs/2504.04524, with the numbers of the authors' code. The
 * levels, 1 for the best, are the targets of the labels. Differs: the trust region is averaged in
 * each pair. Groups of one level only are for {@code trpa-single}.
 */
public record TrpaLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("factor of pairs whose chosen response is of level 1") double anisotropy,
      @Doc("factor of the KL to the policy that drew the responses") double trustCoef) {
    public static final Options DEFAULTS = new Options(1, 2.5, 0);

    public Options {
      Require.positive("beta", beta);
      Require.positive("anisotropy", anisotropy);
      Require.atLeast("trust-coef", trustCoef, 0);
    }
  }

  @Override
  public boolean needsTargets() {
    return true;
  }

  @Override
  public boolean takesMargin() {
    return true;
  }

  @Override
  public Set<PairColumn> columns() {
    return options.trustCoef == 0
        ? Set.of()
        : Set.of(PairColumn.OLD_CHOSEN, PairColumn.OLD_REJECTED);
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = Masked.rowMean(batch.chosenLogRatios(), batch.chosenMask()); // [N, 1]
    NDArray r = Masked.rowMean(batch.rejectedLogRatios(), batch.rejectedMask()); // [N, 1]
    NDArray levels = batch.labelsOrHard().chosenTarget(); // [N, 1]
    NDArray top = Masked.indicator(levels.eq(1), levels); // [N, 1]
    NDArray factor = mul(top, options.anisotropy - 1).add(1); // [N, 1]
    NDArray logits = mul(c.sub(r), options.beta).mul(factor); // [N, 1]
    NDArray margin = batch.labelsOrHard().margin(); // [N, 1]
    NDArray losses = batch.weighted(LogSigmoid.of(logits.sub(margin)).neg()); // [N, 1]
    if (options.trustCoef > 0) {
      losses = losses.add(batch.weighted(mul(trust(batch), options.trustCoef))); // [N, 1]
    }
    return PairLosses.of(losses, options.beta, c, r);
  }

  private static NDArray trust(PairBatch batch) {
    KlEstimator k3 = KlEstimator.of("k3");
    NDArray chosen =
        k3.estimate(batch.policyChosen(), batch.get(PairColumn.OLD_CHOSEN), null); // [N, T]
    NDArray rejected =
        k3.estimate(batch.policyRejected(), batch.get(PairColumn.OLD_REJECTED), null); // [N, T]
    NDArray sum =
        Masked.rowSum(chosen, batch.chosenMask())
            .add(Masked.rowSum(rejected, batch.rejectedMask())); // [N, 1]
    NDArray tokens =
        Masked.lengths(batch.chosenMask()).add(Masked.lengths(batch.rejectedMask())); // [N, 1]
    return sum.div(maximum(tokens, 1)); // [N, 1]
  }
}
