package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.algorithms.loss.correction.SequenceMaskCorrection;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Map;

/**
 * Off-policy sequence masking around another loss: zero in responses with A < 0 that the current
 * policy has left, {@code mean(rollout - policy) > opsmDelta}.
 *
 * <p>DeepSeek-AI 2025 (DeepSeek-V3.2), https://arxiv.org/abs/2512.02556, section 3.1.
 */
public final class OpsmLoss implements PolicyLoss {
  public record Options(
      @Doc("name of a loss that takes clip-low and clip-high") String base,
      @Doc("largest mean log-ratio that is kept, in nats per token") double opsmDelta,
      @Doc("option of the base loss") double clipLow,
      @Doc("option of the base loss") double clipHigh) {
    public static final Options DEFAULTS = new Options("ppo-clip", 0.05, 0.2, 0.2);

    public Options {
      Require.that(!base.equals("opsm"), "base: opsm (expected: another loss)");
    }
  }

  private final Options options;
  private final PolicyLoss base;

  public OpsmLoss(Options options) {
    this.options = options;
    this.base =
        PolicyLosses.catalog()
            .create(
                options.base,
                ConfigBlock.of(
                    "base", Map.of("clip-low", options.clipLow, "clip-high", options.clipHigh)));
  }

  @Override
  public boolean needsReference() {
    return base.needsReference();
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    TokenLosses tokens = base.evaluate(outputs, batch);
    NDArray mask = batch.mask(); // [B, R]
    NDArray kept =
        SequenceMaskCorrection.kept(
            batch.rolloutLogprobs(),
            outputs.logprobs().stopGradient(),
            batch.advantages(),
            mask,
            options.opsmDelta); // [B, R]
    tokens.metrics().mean("mismatch/masked_fraction", mask.sub(kept), mask);
    return new TokenLosses(tokens.values().mul(kept), tokens.metrics()); // [B, R]
  }
}
