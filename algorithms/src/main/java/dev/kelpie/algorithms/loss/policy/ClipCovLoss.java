package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Clip-Cov: PPO's clipped surrogate without the gradient of a few random tokens of high covariance
 * between advantage and log-probability, the ones that collapse the entropy.
 *
 * <p>Cui et al. 2025, https://arxiv.org/abs/2505.22617, section 4. The covariance is taken over the
 * microbatch. The draw is seeded with the number of candidates, so that a step can be repeated.
 */
public record ClipCovLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("lower distance of the ratio's range from 1") double clipLow,
      @Doc("upper distance of the ratio's range from 1") double clipHigh,
      @Doc("share of all tokens that is drawn, at least one token") double covRatio,
      @Doc("a candidate's covariance is above this") double covLow,
      @Doc("and below this") double covHigh,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp) {
    public static final Options DEFAULTS = new Options(1, 1, 2e-4, 1, 5, 0);

    public Options {
      Require.within("cov-ratio", covRatio, 0, 1);
      Require.that(
          covLow < covHigh, "cov-low: %s (expected: below cov-high = %s)", covLow, covHigh);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray advantages = batch.advantages(); // [B, R]
    NDArray logRatio = Ratios.policyToOld(outputs, batch, options.logRatioClamp); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    NDArray ratio = logRatio.exp(); // [B, R]
    NDArray unclipped = ratio.mul(advantages).neg(); // [B, R]
    NDArray clipped =
        ratio.clip(1 - options.clipLow, 1 + options.clipHigh).mul(advantages).neg(); // [B, R]
    NDArray covariance = Covariances.of(outputs.logprobs(), advantages, mask); // [B, R]
    NDArray candidates =
        covariance
            .gt(options.covLow)
            .logicalAnd(covariance.lt(options.covHigh))
            .logicalAnd(clipped.stopGradient().lte(unclipped.stopGradient()))
            .logicalAnd(mask.gt(0)); // [B, R]
    NDArray drawn = draw(candidates, mask); // [B, R]
    metrics.mean("policy/clip_frac", drawn, mask);
    return new TokenLosses(unclipped.maximum(clipped).mul(drawn.neg().add(1)), metrics); // [B, R]
  }

  /** 1 on the drawn tokens, else 0. */
  private NDArray draw(NDArray candidates, NDArray mask) {
    boolean[] possible = candidates.toType(DataType.BOOLEAN, false).toBooleanArray();
    List<Integer> order =
        IntStream.range(0, possible.length)
            .filter(i -> possible[i])
            .boxed()
            .collect(Collectors.toList());
    Collections.shuffle(order, new Random(order.size()));
    double[] drawn = new double[possible.length];
    order.stream().limit(Covariances.count(options.covRatio, mask)).forEach(i -> drawn[i] = 1);
    return mask.getManager()
        .create(drawn)
        .reshape(mask.getShape())
        .toType(mask.getDataType(), false); // [B, R]
  }
}
