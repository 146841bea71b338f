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
 * TDPO: DPO with the divergence that both responses cost, {@code -log sigmoid(beta (h - alpha
 * (KL(rejected) - KL(chosen))))}, KL the sum over tokens of the KL of the reference to the policy
 * over the vocabulary. TDPO2 detaches KL(chosen); TDPO1 has alpha 1 and does not.
 *
 * <p>Zeng et al. 2024, https://arxiv.org/abs/2404.11999.
 */
public record TdpoLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("factor of the difference of divergences") double alpha,
      @Doc("whether the chosen response's divergence carries no gradient (TDPO2)")
          boolean detachChosen) {
    public static final Options DEFAULTS = new Options(0.1, 0.5, true);

    public Options {
      Require.positive("beta", beta);
      Require.atLeast("alpha", alpha, 0);
    }
  }

  @Override
  public boolean takesMargin() {
    return true;
  }

  @Override
  public Set<PairColumn> columns() {
    return Set.of(PairColumn.KL_CHOSEN, PairColumn.KL_REJECTED);
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    NDArray chosen = Masked.rowSum(batch.get(PairColumn.KL_CHOSEN), batch.chosenMask()); // [N, 1]
    NDArray rejected =
        Masked.rowSum(batch.get(PairColumn.KL_REJECTED), batch.rejectedMask()); // [N, 1]
    NDArray divergence =
        rejected.sub(options.detachChosen ? chosen.stopGradient() : chosen); // [N, 1]
    NDArray logits = mul(c.sub(r).sub(mul(divergence, options.alpha)), options.beta); // [N, 1]
    NDArray losses = batch.expected(logits, x -> LogSigmoid.of(x).neg()); // [N, 1]
    return PairLosses.of(losses, options.beta, c, r);
  }
}
