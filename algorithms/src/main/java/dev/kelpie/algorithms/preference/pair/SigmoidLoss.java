package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * DPO: {@code -log sigmoid(beta h)} with h the chosen minus the rejected log-ratio of policy to
 * reference.
 *
 * <p>Rafailov et al. 2023, https://arxiv.org/abs/2305.18290, eq. 7. Other divergences than the
 * reverse KL: Wang et al. 2023, https://arxiv.org/abs/2309.16240. Tail weight: LD-DPO,
 * https://arxiv.org/abs/2409.06411. Likelihood term: RPO, https://arxiv.org/abs/2404.19733.
 */
public record SigmoidLoss(Options options) implements PreferenceLoss {
  /** The f-divergence whose derivative transforms the log-ratios. */
  public enum Divergence {
    REVERSE_KL,
    /** 1 - exp(-x). */
    FORWARD_KL,
    /** log 2 + log sigmoid(x). */
    JS_DIVERGENCE,
    /** (exp((alpha - 1) x) - 1) / (alpha - 1). */
    ALPHA_DIVERGENCE
  }

  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("applied to the log-ratios") Divergence divergence,
      @Doc("of the alpha-divergence") double alpha,
      @Doc("weight of tokens beyond the shorter response of a pair") double tailWeight,
      @Doc("leaves the reference out") boolean referenceFree,
      @Doc(
              "log-ratios averaged over tokens, not summed (Tulu 3,"
                  + " https://arxiv.org/abs/2411.15124)")
          boolean average,
      @Doc("factor of the chosen response's negative log-likelihood") double sftCoef,
      @Doc("that likelihood per token") boolean sftAverage) {
    public static final Options DEFAULTS =
        new Options(0.1, Divergence.REVERSE_KL, 0.5, 1, false, false, 0, false);

    /** Averaged over tokens. */
    public static final Options AVERAGED =
        new Options(0.1, Divergence.REVERSE_KL, 0.5, 1, false, true, 0, false);

    public Options {
      Require.positive("beta", beta);
      Require.that(alpha != 1, "alpha: 1 (expected: another number)");
    }
  }

  @Override
  public boolean needsReference() {
    return !options.referenceFree;
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
  public PairLosses evaluate(PairBatch given) {
    PairBatch batch = options.referenceFree ? given.withoutReference() : given;
    NDArray chosenMask = batch.chosenMask(); // [N, T]
    NDArray rejectedMask = batch.rejectedMask(); // [N, T]
    NDArray c = Masked.rowSum(batch.chosenLogRatios(), weights(chosenMask, rejectedMask)); // [N, 1]
    NDArray r =
        Masked.rowSum(batch.rejectedLogRatios(), weights(rejectedMask, chosenMask)); // [N, 1]
    NDArray h = transformed(c, chosenMask).sub(transformed(r, rejectedMask)); // [N, 1]
    NDArray losses =
        given.expected(mul(h, options.beta), logits -> LogSigmoid.of(logits).neg()); // [N, 1]
    if (options.sftCoef != 0) {
      NDArray likelihood =
          options.sftAverage
              ? Masked.rowMean(batch.policyChosen(), chosenMask)
              : batch.chosen(); // [N, 1]
      losses = losses.sub(given.weighted(mul(likelihood, options.sftCoef))); // [N, 1]
    }
    return PairLosses.of(
        losses,
        options.beta,
        Masked.rowSum(given.chosenLogRatios(), weights(chosenMask, rejectedMask)),
        Masked.rowSum(given.rejectedLogRatios(), weights(rejectedMask, chosenMask)));
  }

  /** The mask, with the tail weight on tokens beyond the length of the other response. */
  private NDArray weights(NDArray mask, NDArray otherMask) {
    if (options.tailWeight == 1) {
      return mask;
    }
    NDArray common =
        Masked.indicator(mask.cumSum(1).lte(Masked.lengths(otherMask)), mask).mul(mask); // [N, T]
    return common.add(mul(mask.sub(common), options.tailWeight)); // [N, T]
  }

  private NDArray transformed(NDArray sum, NDArray mask) {
    NDArray x = options.average ? sum.div(maximum(Masked.lengths(mask), 1)) : sum; // [N, 1]
    return switch (options.divergence) {
      case REVERSE_KL -> x;
      case FORWARD_KL -> x.neg().exp().neg().add(1); // [N, 1]
      case JS_DIVERGENCE -> LogSigmoid.of(x).add(Math.log(2)); // [N, 1]
      case ALPHA_DIVERGENCE ->
          div(mul(x, options.alpha - 1).exp().sub(1), options.alpha - 1); // [N, 1]
    };
  }
}
