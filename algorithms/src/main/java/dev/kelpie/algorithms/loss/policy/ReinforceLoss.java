package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;

/**
 * The plain policy gradient: {@code -A log pi}.
 *
 * <p>Williams 1992, https://doi.org/10.1007/BF00992696; with the advantage for reward minus
 * baseline. There is no ratio: samples of an older policy are corrected by weights only.
 */
public final class ReinforceLoss implements PolicyLoss {
  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray policyLogprobs = outputs.logprobs(); // [B, R]
    Metrics metrics = new Metrics();
    batch
        .find(TokenBatch.Column.ROLLOUT_LOGPROBS)
        .or(() -> batch.find(TokenBatch.Column.OLD_LOGPROBS))
        .ifPresent(
            old ->
                metrics.merge(
                    Ratios.approximateKl(
                        Ratios.log(policyLogprobs, old, batch.mask(), 0), batch.mask())));
    return new TokenLosses(policyLogprobs.mul(batch.advantages()).neg(), metrics); // [B, R]
  }
}
