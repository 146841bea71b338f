package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.minimum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;

/**
 * The surrogate of losses that drop tokens instead of clipping their ratio: {@code -A r keep +
 * squareCoef d^2} with {@code d = policy - anchor} and {@code r = exp(d)}, or in score form {@code
 * -A sg(min(r, cap)) keep log pi}.
 */
record MaskedSurrogate(
    SurrogateForm form,
    double cap,
    double advantageScale,
    double squareCoef,
    double logRatioClamp) {

  /**
   * The token losses.
   *
   * @param anchor the log-probabilities the ratio is taken to [B, R]
   * @param advantages [B, R]
   * @param keep boolean [B, R]: the tokens that carry the policy gradient
   */
  TokenLosses evaluate(
      NDArray policyLogprobs, NDArray anchor, NDArray advantages, NDArray keep, NDArray mask) {
    NDArray logRatio = Ratios.log(policyLogprobs, anchor, mask, logRatioClamp); // [B, R]
    NDArray kept = Masked.indicator(keep, mask); // [B, R]
    Metrics metrics = Ratios.approximateKl(logRatio, mask);
    metrics.share("policy/clip_frac", keep.logicalNot(), mask);
    NDArray factor = mul(advantages.mul(kept), -advantageScale); // [B, R]
    NDArray ratio = logRatio.exp(); // [B, R]
    NDArray capped = cap > 0 ? minimum(ratio, cap) : ratio; // [B, R]
    NDArray losses =
        form == SurrogateForm.SCORE
            ? policyLogprobs.mul(capped.stopGradient()).mul(factor)
            : capped.mul(factor); // [B, R]
    return new TokenLosses(
        squareCoef == 0 ? losses : losses.add(mul(logRatio.square(), squareCoef)), metrics);
  }
}
