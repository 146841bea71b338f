package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * XPO: online DPO between a response of the policy, on the chosen side, and one of the reference,
 * on the rejected side, plus {@code alpha log pi} of the reference's response, which moves
 * probability away from what the reference says anyway. The label says which of the two won.
 *
 * <p>Xie et al. 2024, https://arxiv.org/abs/2405.21046, algorithm 1.
 */
public record XpoLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("factor of the exploration bonus") double alpha,
      @Doc("sigmoid or ipo") OnlineDpoLoss.Kind loss) {
    public static final Options DEFAULTS = new Options(0.1, 1e-5, OnlineDpoLoss.Kind.SIGMOID);

    public Options {
      Require.positive("beta", beta);
      Require.atLeast("alpha", alpha, 0);
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
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    NDArray preference = options.loss.of(batch, c.sub(r), options.beta); // [N, 1]
    NDArray exploration = batch.weighted(mul(batch.rejected(), options.alpha)); // [N, 1]
    return PairLosses.of(preference.add(exploration), options.beta, c, r);
  }
}
