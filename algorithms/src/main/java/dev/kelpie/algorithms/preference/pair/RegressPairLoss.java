package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Regression of the difference of log-ratios to that of the labels' targets, {@code (scale h -
 * (t_chosen - t_rejected))^2} with h the chosen minus the rejected log-ratio of policy to
 * reference.
 *
 * <p>With the logit of a win probability as target and beta as scale: iREPO,
 * https://arxiv.org/abs/2405.15230. With {@code (2 p - 1) / (2 tau)} as target: Online-IPO and
 * IPO-MD, https://arxiv.org/abs/2403.08635. Both are stated from descriptions of the papers.
 */
public record RegressPairLoss(Options options) implements PreferenceLoss {
  public record Options(@Doc("factor of the difference of log-ratios") double scale) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.positive("scale", scale);
    }
  }

  @Override
  public boolean needsTargets() {
    return true;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    PairLabels labels = batch.labelsOrHard();
    NDArray target = labels.chosenTarget().sub(labels.rejectedTarget()); // [N, 1]
    NDArray error = mul(c.sub(r), options.scale).sub(target); // [N, 1]
    return PairLosses.of(batch.weighted(error.square()), options.scale, c, r);
  }
}
