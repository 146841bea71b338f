package dev.kelpie.algorithms.preference.response;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;

/**
 * TRPA where all responses to a prompt are of one level, so that there is no pair: {@code -log
 * sigmoid(x)} of a desirable and {@code -log sigmoid(-x)} of an undesirable response, x the mean
 * log-ratio per token.
 *
 * <p>Su et al. 2025, https://arxiv.org/abs/2504.04524, as the authors' code has it, without beta.
 */
public final class TrpaSingleLoss implements ResponseLoss {
  @Override
  public boolean needsDesirable() {
    return true;
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray x = Masked.rowMean(batch.logRatios(), batch.mask()); // [N, 1]
    NDArray desirable = batch.labels().desirable(); // [N, 1]
    NDArray sign = desirable.add(desirable).sub(1); // [N, 1]
    NDArray losses = LogSigmoid.of(x.mul(sign)).neg().mul(batch.labels().weight()); // [N, 1]
    return ResponseValues.of(losses, 1, x);
  }
}
