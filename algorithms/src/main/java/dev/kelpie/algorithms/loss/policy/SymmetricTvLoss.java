package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Policy gradient on the tokens whose probability has moved by at most {@code threshold} since they
 * were drawn, whatever the sign of A: {@code -A r keep + coef d^2}, against the rollout policy.
 *
 * <p>prime-rl's symmetric variant of {@link DppoLoss}.
 */
public record SymmetricTvLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("largest |p - q| that is kept") double threshold,
      @Doc("factor of the advantages") double advantageScale,
      @Doc("factor of the squared log-ratio that is added to every token")
          double logRatioSquareCoef) {
    public static final Options DEFAULTS = new Options(0.2, 1, 0);

    public Options {
      Require.positive("threshold", threshold);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray anchor = batch.rolloutLogprobs(); // [B, R]
    NDArray p = outputs.logprobs().stopGradient().exp(); // [B, R]
    NDArray keep = p.sub(anchor.exp()).abs().lte(options.threshold); // [B, R]
    return new MaskedSurrogate(
            SurrogateForm.RATIO, 0, options.advantageScale, options.logRatioSquareCoef, 0)
        .evaluate(outputs.logprobs(), anchor, batch.advantages(), keep, batch.mask());
  }
}
