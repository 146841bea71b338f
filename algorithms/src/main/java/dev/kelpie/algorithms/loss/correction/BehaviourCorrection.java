package dev.kelpie.algorithms.loss.correction;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.RatioLevel;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.OptionalDouble;

/**
 * AReaL's behaviour weights, {@code w = exp(old - rollout)} of the proximal to the behaviour
 * policy: masked or clamped where a metric of w leaves its bounds.
 *
 * <p>Fu et al. 2025 (AReaL), https://arxiv.org/abs/2505.24298, section 5.2, as its decoupled PPO
 * loss computes it. k3 is here {@code 1 / w - 1 + log w}.
 */
public record BehaviourCorrection(Options options) implements Correction {
  /** Treatment of tokens outside of the bounds. */
  public enum Action {
    MASK,
    CLAMP
  }

  /** The number that is compared with the bounds. */
  public enum Metric {
    RATIO,
    K1,
    K2,
    K3
  }

  /** Reduction of a response's tokens to one number. */
  public enum Reduce {
    SUM,
    MEAN,
    MAX
  }

  public record Options(
      @Doc(
              "token, or sequence: with the metric ratio every token gets the response's"
                  + " geometric mean")
          RatioLevel level,
      @Doc("mask or clamp") Action action,
      @Doc("number that is compared with the bounds: the ratio, or an estimate of the KL")
          Metric metric,
      @Doc("how the tokens of a response become one number, for level sequence") Reduce reduce,
      @Doc("lower bound; none is none") OptionalDouble low,
      @Doc("upper bound; none is none") OptionalDouble high,
      @Doc("log-ratios are clamped to +- this; 0 is none") double logRatioClamp) {
    public static final Options DEFAULTS =
        new Options(
            RatioLevel.TOKEN,
            Action.MASK,
            Metric.RATIO,
            Reduce.MEAN,
            OptionalDouble.empty(),
            OptionalDouble.of(5),
            0);

    public Options {
      Require.that(
          low.isEmpty() || high.isEmpty() || low.getAsDouble() < high.getAsDouble(),
          "low: %s (expected: below high = %s)",
          low.orElse(0),
          high.orElse(0));
      Require.atLeast("log-ratio-clamp", logRatioClamp, 0);
    }
  }

  @Override
  public OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.oldToRollout(batch, options.logRatioClamp); // [B, R]
    NDArray weights = logRatio.exp(); // [B, R]
    NDArray measured = metric(logRatio); // [B, R]
    if (options.level == RatioLevel.SEQUENCE) {
      boolean ratio = options.metric == Metric.RATIO;
      NDArray reduced = reduced(ratio ? logRatio : measured, mask); // [B, 1]
      measured = mask.zerosLike().add(ratio ? reduced.exp() : reduced); // [B, R]
      weights = ratio ? Ratios.sequence(logRatio, mask).exp() : weights; // [B, R]
    }
    NDArray inside = mask.gt(0).logicalAnd(inside(measured)); // [B, R]
    NDArray kept = Masked.indicator(inside, mask); // [B, R]
    Metrics metrics = new Metrics().mean("mismatch/filtered_fraction", mask.sub(kept), mask);
    if (options.action == Action.CLAMP) {
      return new OffPolicyWeights(
          NDArrays.where(inside, weights, clamped(weights)).mul(mask), mask, metrics); // [B, R]
    }
    return new OffPolicyWeights(weights.mul(kept), kept, metrics);
  }

  private NDArray metric(NDArray logRatio) {
    return switch (options.metric) {
      case RATIO -> logRatio.exp(); // [B, R]
      case K1 -> logRatio;
      case K2 -> mul(logRatio.square(), 0.5); // [B, R]
      case K3 -> logRatio.neg().exp().sub(1).add(logRatio); // [B, R]
    };
  }

  private NDArray reduced(NDArray x, NDArray mask) {
    return switch (options.reduce) {
      case SUM -> Masked.rowSum(x, mask); // [B, 1]
      case MEAN -> Masked.rowMean(x, mask); // [B, 1]
      case MAX -> Masked.rowMax(x, mask); // [B, 1]
    };
  }

  private NDArray inside(NDArray x) {
    return x.gte(options.low.orElse(-Double.MAX_VALUE))
        .logicalAnd(x.lte(options.high.orElse(Double.MAX_VALUE)));
  }

  private NDArray clamped(NDArray x) {
    return x.clip(options.low.orElse(-Double.MAX_VALUE), options.high.orElse(Double.MAX_VALUE));
  }
}
