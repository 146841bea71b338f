package dev.kelpie.algorithms.loss.correction;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.config.Doc;

/**
 * Off-policy sequence masking: drops tokens with A < 0 of responses that the current policy has
 * left, {@code mean(old - policy) > delta}.
 *
 * <p>DeepSeek-AI 2025 (DeepSeek-V3.2), https://arxiv.org/abs/2512.02556, section 3.1.
 */
public record SequenceMaskCorrection(Options options) implements Correction {
  public record Options(
      @Doc("largest mean log-ratio that is kept, in nats per token") double delta) {
    public static final Options DEFAULTS = new Options(0.05);
  }

  @Override
  public OffPolicyWeights evaluate(NDArray policyLogprobs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray kept =
        kept(batch.oldLogprobs(), policyLogprobs, batch.advantages(), mask, options.delta);
    Metrics metrics = new Metrics().mean("mismatch/masked_fraction", mask.sub(kept), mask);
    return new OffPolicyWeights(kept, kept, metrics);
  }

  /** 1 where a token stays, else 0 [B, R]. */
  public static NDArray kept(
      NDArray oldLogprobs, NDArray policyLogprobs, NDArray advantages, NDArray mask, double delta) {
    NDArray left = Ratios.sequence(oldLogprobs.sub(policyLogprobs), mask).gt(delta); // [B, R]
    NDArray dropped = left.logicalAnd(advantages.lt(0)); // [B, R]
    return mask.mul(Masked.indicator(dropped.logicalNot(), mask)); // [B, R]
  }
}
