package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.RatioLevel;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * PPO's clipped surrogate: {@code max(-A r, -A clip(r, 1 - low, 1 + high))} with the ratio {@code r
 * = exp(policy - old)}.
 *
 * <p>Schulman et al. 2017, https://arxiv.org/abs/1707.06347, eq. 7. Differs: the range may be
 * asymmetric (DAPO, https://arxiv.org/abs/2503.14476, eq. 10), dual-clipped or capped, and the
 * ratio may be that of the whole response. GRPO, Dr. GRPO, BNPO and DAPO are this loss with their
 * aggregation.
 */
public final class PpoClipLoss implements PolicyLoss {
  /** The advantage that a token is credited with. */
  public enum Advantage {
    TOKEN,
    /** The mean over the tokens of the response. */
    SEQUENCE_MEAN;

    /** The advantages of {@code batch} at this level [B, R]. */
    NDArray of(TokenBatch batch) {
      NDArray advantages = batch.advantages(); // [B, R]
      return this == TOKEN ? advantages : Ratios.sequence(advantages, batch.mask()); // [B, R]
    }
  }

  /** The number whose mean is {@code policy/approx_kl}. */
  public enum ApproxKl {
    /** old - policy, after the clamp of the log-ratio. */
    CLAMPED,
    /** old - policy. */
    RAW
  }

  public record Options(
      @Doc("lower distance of the ratio's range from 1") double clipLow,
      @Doc("upper distance of the ratio's range from 1") double clipHigh,
      @Doc("for negative advantages the loss is at most -dualClip A; 0 is none") double dualClip,
      @Doc("largest ratio of the unclipped branch; 0 is none") double ratioCap,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp,
      @Doc("token, or sequence: exp of the row's mean log-ratio") RatioLevel ratioLevel,
      @Doc("token, or sequence-mean: the row's mean advantage") Advantage advantage,
      @Doc("take the ratio to the policy itself: 1, with the policy gradient")
          boolean forceOnPolicy,
      @Doc("number whose mean is policy/approx_kl") ApproxKl approxKl) {
    public static final Options DEFAULTS = defaults(RatioLevel.TOKEN);

    /** LUSPO, https://arxiv.org/abs/2602.05261: the response's ratio. */
    public static final Options LUSPO = defaults(RatioLevel.SEQUENCE);

    public Options {
      Require.that(logRatioClamp >= 0, "log-ratio-clamp: %s (expected: >= 0)", logRatioClamp);
    }

    private static Options defaults(RatioLevel level) {
      return new Options(0.2, 0.2, 0, 0, 0, level, Advantage.TOKEN, false, ApproxKl.CLAMPED);
    }
  }

  private final Options options;
  private final ClippedSurrogate surrogate;

  public PpoClipLoss(Options options) {
    this.options = options;
    this.surrogate =
        new ClippedSurrogate(options.clipLow, options.clipHigh, options.dualClip, options.ratioCap);
  }

  @Override
  public LossUnit unit() {
    return options.ratioLevel == RatioLevel.SEQUENCE ? LossUnit.RESPONSE : LossUnit.TOKEN;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray policyLogprobs = outputs.logprobs(); // [B, R]
    NDArray oldLogprobs =
        options.forceOnPolicy ? policyLogprobs.stopGradient() : batch.oldLogprobs(); // [B, R]
    NDArray logRatio =
        Ratios.log(policyLogprobs, oldLogprobs, mask, options.logRatioClamp); // [B, R]
    NDArray advantages = options.advantage.of(batch); // [B, R]
    Metrics metrics =
        Ratios.approximateKl(
            options.approxKl == ApproxKl.RAW
                ? Ratios.log(policyLogprobs, oldLogprobs, mask, 0)
                : logRatio,
            mask);
    if (options.ratioLevel == RatioLevel.SEQUENCE) {
      logRatio = Ratios.sequence(logRatio, mask); // [B, R]
    }
    return new TokenLosses(surrogate.evaluate(logRatio.exp(), advantages, mask, metrics), metrics);
  }
}
