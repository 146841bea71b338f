package dev.kelpie.algorithms.preference.response;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;

/**
 * PoFT: maximum likelihood that compares with an aligned model, {@code -log sigmoid(s_policy -
 * s_aligned)} with s the mean log-probability per token of a demonstration. Where both agree its
 * gradient is half that of {@code -s_policy}; a demonstration that aligned models find unlikely
 * counts for less.
 *
 * <p>"Preference-Oriented Supervised Fine-Tuning" (2024), https://arxiv.org/abs/2412.12865. The
 * reference is the aligned model, or the mean of several; that s is a mean per token is from
 * descriptions of the paper.
 */
public final class PoftLoss implements ResponseLoss {
  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray ahead = Masked.rowMean(batch.logRatios(), batch.mask()); // [N, 1]
    NDArray losses = LogSigmoid.of(ahead).neg().mul(batch.labels().weight()); // [N, 1]
    return ResponseValues.of(losses, 1, ahead);
  }
}
