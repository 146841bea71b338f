package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * CPL: contrast of discounted sums {@code S = alpha sum_t gamma^t log pi(a_t)}, {@code -log
 * sigmoid(S_chosen - lambda S_rejected)}; lambda below 1 keeps the policy near the data. No
 * reference. The discount counts the tokens of the response.
 *
 * <p>Hejna et al. 2023, https://arxiv.org/abs/2310.13639, its biased form.
 */
public record CplLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("temperature of the log-probabilities") double alpha,
      @Doc("discount per token") double gamma,
      @Doc("factor of the rejected response's sum; 1 is unbiased") double lambda) {
    public static final Options DEFAULTS = new Options(0.1, 1, 0.5);

    public Options {
      Require.positive("alpha", alpha);
      Require.that(gamma > 0 && gamma <= 1, "gamma: %s (expected: in (0, 1])", gamma);
      Require.within("lambda", lambda, 0, 1);
    }
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  /** With lambda below 1 a swapped pair is not the negated difference. */
  @Override
  public boolean takesProbability() {
    return options.lambda == 1;
  }

  @Override
  public boolean takesMargin() {
    return true;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = discounted(batch.policyChosen(), batch.chosenMask()); // [N, 1]
    NDArray r = discounted(batch.policyRejected(), batch.rejectedMask()); // [N, 1]
    NDArray logits = mul(c.sub(mul(r, options.lambda)), options.alpha); // [N, 1]
    NDArray losses = batch.expected(logits, x -> LogSigmoid.of(x).neg()); // [N, 1]
    return PairLosses.of(losses, options.alpha, c, r);
  }

  private NDArray discounted(NDArray logprobs, NDArray mask) {
    if (options.gamma == 1) {
      return logprobs.mul(mask).sum(new int[] {1}, true); // [N, 1]
    }
    NDArray steps = mask.cumSum(1).sub(1); // [N, T]
    NDArray discount = mul(steps, Math.log(options.gamma)).exp(); // [N, T]
    return logprobs.mul(mask).mul(discount).sum(new int[] {1}, true); // [N, 1]
  }
}
