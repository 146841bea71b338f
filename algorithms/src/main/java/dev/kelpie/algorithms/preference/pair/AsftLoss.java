package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.minimum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * ASFT: absolute likelihood of both responses, {@code -log sigmoid(f(chosen)) - log
 * sigmoid(-f(rejected))} with the log-odds {@code f = log(p / (1 - p))} of the probability p per
 * token, so {@code -log p_chosen - log(1 - p_rejected)}, times beta. The likelihood of the chosen
 * response is added by {@code nllCoef}. No reference.
 *
 * <p>Wang et al. 2024, https://arxiv.org/abs/2409.10571. That p is the geometric mean per token is
 * from descriptions of the paper.
 */
public record AsftLoss(Options options) implements PreferenceLoss {
  /** Above it log(1 - p) of a rejected response has no slope that a number could hold. */
  private static final double LARGEST_LOGPROB = -1e-6;

  public record Options(
      @Doc("factor of the alignment term") double beta,
      @Doc("factor of the chosen negative log-likelihood") double nllCoef) {
    public static final Options DEFAULTS = new Options(1, 1);

    public Options {
      Require.positive("beta", beta);
      Require.atLeast("nll-coef", nllCoef, 0);
    }
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  @Override
  public double nllCoef() {
    return options.nllCoef;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = Masked.rowMean(batch.policyChosen(), batch.chosenMask()); // [N, 1]
    NDArray r = Masked.rowMean(batch.policyRejected(), batch.rejectedMask()); // [N, 1]
    NDArray missed = minimum(r, LARGEST_LOGPROB).exp().neg().add(1).log(); // [N, 1]
    NDArray losses = mul(c.add(missed).neg(), options.beta); // [N, 1]
    return PairLosses.of(batch.weighted(losses), options.beta, c, r);
  }
}
