package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Distillation towards the reference by policy gradient: the advantage of a token is {@code
 * sg(reference - policy)}, its negative KL estimate; tokens whose probability fell by more than
 * {@code threshold} since they were drawn are dropped.
 *
 * <p>On-policy distillation as in prime-rl; see Agarwal et al. 2023,
 * https://arxiv.org/abs/2306.13649.
 */
public record RefKlLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("largest fall of a probability that is kept") double threshold,
      @Doc("factor of the advantages") double advantageScale,
      @Doc("factor of the squared log-ratio that is added to every token")
          double logRatioSquareCoef) {
    public static final Options DEFAULTS = new Options(0.2, 1, 0);

    public Options {
      Require.positive("threshold", threshold);
    }
  }

  @Override
  public boolean needsReference() {
    return true;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray anchor = batch.rolloutLogprobs(); // [B, R]
    NDArray detached = outputs.logprobs().stopGradient(); // [B, R]
    NDArray advantages = batch.referenceLogprobs().sub(detached); // [B, R]
    NDArray keep = detached.exp().sub(anchor.exp()).gte(-options.threshold); // [B, R]
    return new MaskedSurrogate(
            SurrogateForm.RATIO, 0, options.advantageScale, options.logRatioSquareCoef, 0)
        .evaluate(outputs.logprobs(), anchor, advantages, keep, batch.mask());
  }
}
