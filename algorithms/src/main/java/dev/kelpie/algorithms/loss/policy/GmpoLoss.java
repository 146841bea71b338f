package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Optional;

/**
 * GMPO: the geometric mean of a response's clipped token ratios, {@code -mean(A) exp(mean(d))},
 * where {@code d = policy - old} is clipped to [-clipLow, clipHigh] only on the side that A
 * rewards.
 *
 * <p>Zhao et al. 2025, https://arxiv.org/abs/2507.20673. The mean is over all responses: every
 * token of one carries its loss.
 */
public record GmpoLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("the log-ratio is at least minus this where A < 0") double clipLow,
      @Doc("the log-ratio is at most this where A > 0") double clipHigh) {
    public static final Options DEFAULTS = new Options(0.4, 0.4);

    public Options {
      Require.atLeast("clip-low", clipLow, 0.0);
      Require.atLeast("clip-high", clipHigh, 0.0);
    }
  }

  @Override
  public Optional<Aggregation> aggregation() {
    return Optional.of(Aggregation.of("seq-mean-token-mean", 0).countingEmpty(true));
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.policyToOld(outputs, batch, 0); // [B, R]
    NDArray advantages = batch.advantages(); // [B, R]
    // With the sign of A, clipping from above on the rewarded side is one minimum.
    NDArray sign = advantages.sign(); // [B, R]
    NDArray signed = logRatio.mul(sign); // [B, R]
    NDArray clipped =
        signed.minimum(logRatio.clip(-options.clipLow, options.clipHigh).mul(sign)); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    metrics.share("policy/clip_frac", clipped.stopGradient().lt(signed.stopGradient()), mask);
    NDArray ratio = Masked.rowMean(clipped.mul(sign), mask).exp(); // [B, 1]
    NDArray rows = ratio.mul(Masked.rowMean(advantages, mask)).neg(); // [B, 1]
    return new TokenLosses(outputs.logprobs().zerosLike().add(rows), metrics); // [B, R]
  }
}
