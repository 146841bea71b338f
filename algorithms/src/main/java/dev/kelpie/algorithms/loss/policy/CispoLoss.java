package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * CISPO: REINFORCE with a clipped, detached importance weight, {@code -sg(clip(r)) A log pi}; a
 * clipped token still has a gradient.
 *
 * <p>MiniMax 2025 (MiniMax-M1), https://arxiv.org/abs/2506.13585, eqs. 4 and 5. The same name has
 * three conventions of its epsilon elsewhere, hence {@code bounds}.
 */
public record CispoLoss(Options options) implements PolicyLoss {
  /** Meaning of the clip options. */
  public enum Bounds {
    /** Distances from 1 (verl, SkyRL, NeMo-RL, slime, ROLL). */
    DELTA,
    /** The bounds themselves (TRL's epsilon_high, open-instruct's 1 + clip_higher). */
    ABSOLUTE
  }

  /** The policy that the ratio is taken to. */
  public enum Anchor {
    OLD,
    ROLLOUT
  }

  public record Options(
      @Doc("lower bound, see bounds") double clipLow,
      @Doc("upper bound, see bounds") double clipHigh,
      @Doc("delta or absolute") Bounds bounds,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp,
      @Doc("old or rollout") Anchor anchor,
      @Doc("also drop tokens with A > 0 above the range or A < 0 below it") boolean unifiedMask) {
    public static final Options DEFAULTS =
        new Options(0.2, 0.2, Bounds.DELTA, 0, Anchor.OLD, false);

    public Options {
      Require.atLeast("clip-low", clipLow, 0.0);
      Require.atLeast("clip-high", clipHigh, 0.0);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray policyLogprobs = outputs.logprobs(); // [B, R]
    NDArray anchor =
        options.anchor == Anchor.ROLLOUT ? batch.rolloutLogprobs() : batch.oldLogprobs(); // [B, R]
    NDArray logRatio =
        Ratios.log(policyLogprobs, anchor, mask, options.logRatioClamp).stopGradient(); // [B, R]
    boolean delta = options.bounds == Bounds.DELTA;
    double low = delta ? 1 - options.clipLow : options.clipLow;
    double high = delta ? 1 + options.clipHigh : options.clipHigh;
    NDArray ratio = logRatio.exp(); // [B, R]
    NDArray above = ratio.gt(high); // [B, R]
    NDArray below = ratio.lt(low); // [B, R]
    NDArray rewarded = batch.advantages().gt(0); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    metrics.share("policy/clip_frac", above.logicalOr(below), mask);
    metrics.share("policy/clip_frac_positive", above.logicalAnd(rewarded), mask);
    NDArray weight = ratio.clip(low, high); // [B, R]
    if (options.unifiedMask) {
      NDArray punished = batch.advantages().lt(0); // [B, R]
      NDArray dropped = above.logicalAnd(rewarded).logicalOr(below.logicalAnd(punished)); // [B, R]
      weight = weight.mul(Masked.indicator(dropped.logicalNot(), mask)); // [B, R]
    }
    return new TokenLosses(
        policyLogprobs.mul(weight.mul(batch.advantages())).neg(), metrics); // [B, R]
  }
}
