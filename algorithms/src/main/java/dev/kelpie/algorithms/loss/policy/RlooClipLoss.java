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
import java.util.Optional;

/**
 * The clipped surrogate of whole responses: the ratio is the product over the response's tokens,
 * {@code exp(sum(policy - old))}; the mean over all responses.
 *
 * <p>Ahmadian et al. 2024, https://arxiv.org/abs/2402.14740, treats a response as one action; the
 * clip is TRL's.
 */
public final class RlooClipLoss implements PolicyLoss {
  public record Options(
      @Doc("lower distance of the ratio's range from 1") double clipLow,
      @Doc("upper distance of the ratio's range from 1") double clipHigh) {
    public static final Options DEFAULTS = new Options(0.2, 0.2);
  }

  private final ClippedSurrogate surrogate;

  public RlooClipLoss(Options options) {
    this.surrogate = new ClippedSurrogate(options.clipLow, options.clipHigh, 0, 0);
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
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    NDArray ratio = Masked.rowSum(logRatio, mask).exp(); // [B, 1]
    NDArray advantages = Masked.rowMean(batch.advantages(), mask); // [B, 1]
    NDArray rows = surrogate.evaluate(ratio, advantages, advantages.onesLike(), metrics); // [B, 1]
    return new TokenLosses(logRatio.zerosLike().add(rows), metrics); // [B, R]
  }
}
