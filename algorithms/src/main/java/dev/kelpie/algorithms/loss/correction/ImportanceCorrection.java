package dev.kelpie.algorithms.loss.correction;

import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.minimum;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.OptionalDouble;

/**
 * Truncated or masked importance weights. With {@code w = exp(old - rollout)} of a token, {@code p}
 * the product and {@code g} the geometric mean of w over its response, see {@link Kind}.
 *
 * <p>Truncation: Yao et al. 2025, https://fengyao.notion.site/off-policy-rl. IcePop: Ling team
 * 2025, https://arxiv.org/abs/2510.18855. Masks of responses: verl's rollout correction.
 */
public record ImportanceCorrection(Kind kind, Options options) implements Correction {
  /** The weight of a token. */
  public enum Kind {
    /** w. */
    IMPORTANCE,
    /** w, at least low and at most high. */
    TOKEN_TIS,
    /** p, at most high. */
    SEQUENCE_TIS,
    /** w where low <= w <= high, else 0. */
    ICEPOP,
    /** p where low <= p <= high, else 0. */
    SEQUENCE_ICEPOP,
    /** w in responses where low <= g <= high, else 0. */
    SEQ_MASK_TIS,
    /** 1 in responses where low <= g <= high, else 0. */
    SEQ_MASK_GEOMETRIC,
    /** 1 in responses where low <= p <= high, else 0. */
    SEQ_MASK_PRODUCT,
    /** 1 in responses all of whose tokens have low <= w <= high, else 0. */
    SEQ_MASK_OUTLIER,
    /** 1 where low <= w <= high, else 0. */
    TOKEN_MASK,
    /** g where low <= g <= high, else 0. */
    SEQ_GEOMETRIC;

    boolean ofSequence() {
      return this == SEQUENCE_TIS || this == SEQUENCE_ICEPOP;
    }
  }

  public record Options(
      @Doc("lower bound") double low,
      @Doc("upper bound; none is no bound") OptionalDouble high,
      @Doc("log-ratios are clamped to +- this before exp; none is no clamp")
          OptionalDouble logRatioClamp,
      @Doc("divides by the mean weight of the microbatch") boolean batchNormalize) {
    public static final Options DEFAULTS =
        new Options(0, OptionalDouble.empty(), OptionalDouble.empty(), false);

    public Options {
      Require.that(
          high.isEmpty() || high.getAsDouble() > low,
          "high: %s (expected: above low = %s)",
          high.orElse(0),
          low);
      Require.that(
          logRatioClamp.orElse(1) > 0,
          "log-ratio-clamp: %s (expected: above 0, or none)",
          logRatioClamp.orElse(0));
    }
  }

  @Override
  public OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray weights = weights(batch).mul(mask); // [B, R]
    Metrics metrics = new Metrics();
    NDArray mean =
        kind.ofSequence() ? sequenceMean(weights, mask) : Masked.mean(weights, mask); // []
    metrics.mean("mismatch/is_ratio_mean", weights, mask);
    metrics.mean(
        "mismatch/ess",
        Math.pow(Masked.number(Masked.mean(weights, mask)), 2),
        Masked.number(Masked.mean(weights.square(), mask)));
    if (options.batchNormalize) {
      weights = weights.div(maximum(mean, 1e-8)); // [B, R]
    }
    NDArray kept = Masked.indicator(weights.neq(0), mask); // [B, R]
    metrics.mean("mismatch/dropped_frac", mask.sub(kept), mask);
    return new OffPolicyWeights(weights, kept, metrics);
  }

  private NDArray weights(TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    double clamp = options.logRatioClamp.orElse(0);
    NDArray logRatio = Ratios.oldToRollout(batch, clamp); // [B, R]
    NDArray w = logRatio.exp(); // [B, R]
    NDArray geometric = Ratios.sequence(logRatio, mask).exp(); // [B, R]
    NDArray unclamped = Ratios.oldToRollout(batch, 0); // [B, R]
    NDArray logProduct = Masked.rowSum(unclamped, mask); // [B, 1]
    NDArray product =
        w.zerosLike()
            .add((clamp > 0 ? logProduct.clip(-clamp, clamp) : logProduct).exp()); // [B, R]
    return switch (kind) {
      case IMPORTANCE -> w;
      case TOKEN_TIS -> atMost(maximum(w, options.low));
      case SEQUENCE_TIS -> atMost(product);
      case ICEPOP -> w.mul(inside(w));
      case SEQUENCE_ICEPOP -> product.mul(inside(product));
      case SEQ_MASK_TIS -> w.mul(inside(geometric));
      case SEQ_MASK_GEOMETRIC -> inside(geometric);
      case SEQ_MASK_PRODUCT -> inside(product);
      case SEQ_MASK_OUTLIER -> {
        NDArray outside = inside(w).neg().add(1); // [B, R]
        NDArray clean = Masked.rowSum(outside, mask).eq(0); // [B, 1]
        yield w.onesLike().mul(Masked.indicator(clean, mask)); // [B, R]
      }
      case TOKEN_MASK -> inside(w);
      case SEQ_GEOMETRIC -> geometric.mul(inside(geometric));
    };
  }

  private NDArray atMost(NDArray x) {
    return options.high.isPresent() ? minimum(x, options.high.getAsDouble()) : x;
  }

  /** 1 where low <= x <= high, else 0. */
  private NDArray inside(NDArray x) {
    NDArray above = x.gte(options.low); // [B, R]
    NDArray inside =
        options.high.isPresent() ? above.logicalAnd(x.lte(options.high.getAsDouble())) : above;
    return Masked.indicator(inside, x);
  }

  /** The mean over the responses that have a token: []. */
  private static NDArray sequenceMean(NDArray weights, NDArray mask) {
    NDArray filled = Masked.indicator(Masked.lengths(mask).gt(0), mask); // [B, 1]
    return Masked.mean(Masked.rowMean(weights, mask), filled);
  }
}
