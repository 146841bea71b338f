package dev.kelpie.algorithms.preference.pair;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Regression of both log-ratios of policy to reference to targets of their own, {@code (c -
 * t_chosen)^2 + (r - t_rejected)^2}.
 *
 * <p>With {@code (win rate - 1/2) / beta} as targets: SPPO, Wu et al. 2024,
 * https://arxiv.org/abs/2405.00675; the authors' code takes the mean of both squares, half of this.
 * With the mean preference score over beta: GPO, Zhang et al. 2024,
 * https://arxiv.org/abs/2410.02197, eq. 5.3, whose log-partition is taken as 0.
 */
public record RegressResponseLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("what the label's targets are divided by, and the scale of implicit rewards")
          double beta) {
    public static final Options DEFAULTS = new Options(1e-3);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean needsTargets() {
    return true;
  }

  @Override
  public double targetBeta() {
    return options.beta;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    PairLabels labels = batch.labelsOrHard();
    NDArray losses =
        c.sub(labels.chosenTarget())
            .square()
            .add(r.sub(labels.rejectedTarget()).square()); // [N, 1]
    return PairLosses.of(batch.weighted(losses), options.beta, c, r);
  }
}
