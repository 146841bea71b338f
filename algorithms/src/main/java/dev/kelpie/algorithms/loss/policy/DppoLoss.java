package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * DPPO: a token is dropped when the divergence of the policy from the one that drew it is too large
 * and the advantage pushes further away. With probabilities p now and q then, the divergence is
 * {@code |p - q|} (total variation) or the KL of the binary distributions (q, 1 - q) and (p, 1 -
 * p): a rare token's ratio may be large while its probability hardly moves.
 *
 * <p>Qi et al. 2026, https://arxiv.org/abs/2602.04879. q is the rollout policy's probability if the
 * batch has it, else the old policy's.
 */
public record DppoLoss(Divergence divergence, Options options) implements PolicyLoss {
  /** Distance of p from q. */
  public enum Divergence {
    TV,
    KL
  }

  public record Options(
      @Doc("largest divergence where A <= 0 and p < q") double clipLow,
      @Doc("largest divergence where A > 0 and p > q") double clipHigh,
      @Doc("score (verl) or ratio (SkyRL, prime-rl)") SurrogateForm form,
      @Doc("the ratio is at most this; 0 is none") double ratioCap,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp,
      @Doc("factor of the advantages") double advantageScale,
      @Doc("factor of the squared log-ratio that is added to every token")
          double logRatioSquareCoef) {
    public static final Options DEFAULTS = new Options(0.2, 0.2, SurrogateForm.SCORE, 0, 0, 1, 0);

    public Options {
      Require.atLeast("clip-low", clipLow, 0.0);
      Require.atLeast("clip-high", clipHigh, 0.0);
      Require.atLeast("ratio-cap", ratioCap, 0.0);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray anchor = batch.find(Column.ROLLOUT_LOGPROBS).orElseGet(batch::oldLogprobs); // [B, R]
    NDArray advantages = batch.advantages(); // [B, R]
    NDArray p = outputs.logprobs().stopGradient().exp(); // [B, R]
    NDArray q = anchor.exp(); // [B, R]
    NDArray distance = distance(p, q); // [B, R]
    NDArray tooHigh = distance.gt(options.clipHigh).logicalAnd(p.gt(q)); // [B, R]
    NDArray tooLow = distance.gt(options.clipLow).logicalAnd(p.lt(q)); // [B, R]
    NDArray dropped =
        advantages
            .gt(0)
            .logicalAnd(tooHigh)
            .logicalOr(advantages.lte(0).logicalAnd(tooLow)); // [B, R]
    MaskedSurrogate surrogate =
        new MaskedSurrogate(
            options.form,
            options.ratioCap,
            options.advantageScale,
            options.logRatioSquareCoef,
            options.logRatioClamp);
    return surrogate.evaluate(
        outputs.logprobs(), anchor, advantages, dropped.logicalNot(), batch.mask());
  }

  private NDArray distance(NDArray p, NDArray q) {
    if (divergence == Divergence.TV) {
      return p.sub(q).abs(); // [B, R]
    }
    NDArray other = q.neg().add(1); // [B, R]
    NDArray logOther = other.add(1e-8).div(p.neg().add(1 + 1e-8)).log(); // [B, R]
    return q.mul(q.log().sub(p.log())).add(other.mul(logOther)); // [B, R]
  }
}
