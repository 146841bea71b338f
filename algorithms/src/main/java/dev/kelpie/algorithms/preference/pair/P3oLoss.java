package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Set;

/**
 * P3O: policy gradient of a pair of samples of one prompt. With the difference of rewards {@code q
 * = r1 - r2}, minus klCoef times that of the log-ratios to the reference, and the ratio rho of the
 * policy to the one that drew both, detached and within {@code [1 / ratioClip, ratioClip]}: {@code
 * -q rho (log pi(y1) - log pi(y2)) / 2}. A reward that is shifted by a number of the prompt has the
 * same gradient.
 *
 * <p>Wu et al. 2023, https://arxiv.org/abs/2310.00212. The clips are those of the authors' code:
 * joint bounds the difference of summed log-probabilities, separate each token's log-probability,
 * to clipRange around what they were when drawn. Differs: always the mean over pairs, with 1/2.
 *
 * <p>The rewards are the targets of the labels; the first sample is the chosen side.
 */
public record P3oLoss(Options options) implements PreferenceLoss {
  /** What may not move further than clipRange. */
  public enum Clip {
    NONE,
    /** Each token (V1). */
    SEPARATE,
    /** The difference of both responses (V2). */
    JOINT
  }

  public record Options(
      @Doc("none, separate or joint") Clip clip,
      @Doc("how far log-probabilities may move from those of the sampling policy") double clipRange,
      @Doc("the ratio to the sampling policy stays within 1 / this and this") double ratioClip,
      @Doc("factor of the log-ratio to the reference in the reward") double klCoef) {
    public static final Options DEFAULTS = new Options(Clip.JOINT, 0.2, 5, 0);

    public Options {
      Require.positive("clip-range", clipRange);
      Require.atLeast("ratio-clip", ratioClip, 1.0);
      Require.atLeast("kl-coef", klCoef, 0);
    }
  }

  @Override
  public boolean needsReference() {
    return options.klCoef > 0;
  }

  @Override
  public boolean needsTargets() {
    return true;
  }

  @Override
  public Set<PairColumn> columns() {
    return Set.of(PairColumn.OLD_CHOSEN, PairColumn.OLD_REJECTED);
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    PairLabels labels = batch.labelsOrHard();
    NDArray rewards = labels.chosenTarget().sub(labels.rejectedTarget()); // [N, 1]
    NDArray q =
        options.klCoef > 0
            ? rewards.sub(mul(c.sub(r), options.klCoef)).stopGradient()
            : rewards; // [N, 1]
    NDArray oldChosen = batch.get(PairColumn.OLD_CHOSEN); // [N, T]
    NDArray oldRejected = batch.get(PairColumn.OLD_REJECTED); // [N, T]
    NDArray moved =
        Masked.rowSum(batch.policyChosen().sub(oldChosen), batch.chosenMask())
            .add(
                Masked.rowSum(
                    batch.policyRejected().sub(oldRejected), batch.rejectedMask())); // [N, 1]
    NDArray bounded = Math.log(options.ratioClip) > 0 ? ratio(moved) : moved.onesLike(); // [N, 1]
    NDArray factor = q.mul(bounded).neg(); // [N, 1]
    NDArray losses =
        options.clip == Clip.SEPARATE
            ? separate(factor, batch.policyChosen(), oldChosen, batch.chosenMask())
                .add(
                    separate(
                        factor.neg(), batch.policyRejected(), oldRejected, batch.rejectedMask()))
            : joint(factor, batch, oldChosen, oldRejected); // [N, 1]
    return PairLosses.of(batch.weighted(mul(losses, 0.5)), 1, c, r);
  }

  private NDArray ratio(NDArray logRatio) {
    double bound = Math.log(options.ratioClip);
    return logRatio.stopGradient().clip(-bound, bound).exp(); // [N, 1]
  }

  private NDArray joint(NDArray factor, PairBatch batch, NDArray oldChosen, NDArray oldRejected) {
    NDArray difference = batch.chosen().sub(batch.rejected()); // [N, 1]
    NDArray plain = factor.mul(difference); // [N, 1]
    if (options.clip == Clip.NONE) {
      return plain;
    }
    NDArray old =
        Masked.rowSum(oldChosen, batch.chosenMask())
            .sub(Masked.rowSum(oldRejected, batch.rejectedMask())); // [N, 1]
    return plain.maximum(factor.mul(bounded(difference, old))); // [N, 1]
  }

  private NDArray separate(NDArray factor, NDArray logprobs, NDArray old, NDArray mask) {
    NDArray plain = factor.mul(logprobs); // [N, T]
    NDArray clipped = factor.mul(bounded(logprobs, old)); // [N, T]
    return Masked.rowSum(plain.maximum(clipped), mask); // [N, 1]
  }

  private NDArray bounded(NDArray x, NDArray old) {
    return x.maximum(old.sub(options.clipRange)).minimum(old.add(options.clipRange));
  }
}
