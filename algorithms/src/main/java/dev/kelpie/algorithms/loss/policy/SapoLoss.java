package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
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
 * SAPO: a soft gate in place of the clip, {@code -A (4 / tau) sigmoid(tau (r - 1))}, with a
 * temperature for each sign of the advantage.
 *
 * <p>Gao et al. 2025, https://arxiv.org/abs/2511.20347, eqs. 5 and 6.
 */
public record SapoLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("temperature where A > 0") double tauPositive,
      @Doc("temperature elsewhere") double tauNegative,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp,
      @Doc("token, or sequence: exp of the row's mean log-ratio") RatioLevel ratioLevel,
      @Doc("token, or sequence-mean: the row's mean advantage") PpoClipLoss.Advantage advantage) {
    public static final Options DEFAULTS =
        new Options(1, 1.05, 0, RatioLevel.TOKEN, PpoClipLoss.Advantage.TOKEN);

    public Options {
      Require.positive("tau-positive", tauPositive);
      Require.positive("tau-negative", tauNegative);
    }
  }

  @Override
  public LossUnit unit() {
    return options.ratioLevel == RatioLevel.SEQUENCE ? LossUnit.RESPONSE : LossUnit.TOKEN;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.policyToOld(outputs, batch, options.logRatioClamp); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    if (options.ratioLevel == RatioLevel.SEQUENCE) {
      logRatio = Ratios.sequence(logRatio, mask); // [B, R]
    }
    NDArray advantages = options.advantage.of(batch); // [B, R]
    NDArray ones = advantages.onesLike(); // [B, R]
    NDArray tau =
        NDArrays.where(
            advantages.gt(0),
            mul(ones, options.tauPositive),
            mul(ones, options.tauNegative)); // [B, R]
    NDArray gate = logRatio.exp().sub(1).mul(tau).getNDArrayInternal().sigmoid(); // [B, R]
    return new TokenLosses(mul(gate.mul(advantages).div(tau), -4), metrics); // [B, R]
  }
}
