package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Constrained preference optimisation: DPO on token means with a margin that is large where the
 * reference ranks the pair wrongly, {@code -log sigmoid(beta d_policy - beta d_ref - (beta / alpha)
 * m)} with {@code m = log(1 + exp(tau (gamma - d_ref))) / tau}, d the chosen minus the rejected
 * mean log-probability per token.
 *
 * <p>"Conditional Equivalence of DPO and RLHF", as its authors' code has it
 * (github.com/visitworld123/CPO).
 */
public record ConstrainedLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("divisor of the margin") double alpha,
      @Doc("difference of the reference below which the margin grows") double gamma,
      @Doc("sharpness of the margin") double tau,
      @Doc("counts a reference that ranks a pair wrongly as undecided") boolean clip) {
    public static final Options DEFAULTS = new Options(2, 1, 0, 1, false);

    public Options {
      Require.positive("beta", beta);
      Require.positive("alpha", alpha);
      Require.positive("tau", tau);
    }
  }

  @Override
  public boolean takesMargin() {
    return true;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = Masked.rowMean(batch.chosenLogRatios(), batch.chosenMask()); // [N, 1]
    NDArray r = Masked.rowMean(batch.rejectedLogRatios(), batch.rejectedMask()); // [N, 1]
    NDArray policy =
        Masked.rowMean(batch.policyChosen(), batch.chosenMask())
            .sub(Masked.rowMean(batch.policyRejected(), batch.rejectedMask())); // [N, 1]
    NDArray measured = policy.sub(c.sub(r)).stopGradient(); // [N, 1]
    NDArray reference = options.clip ? maximum(measured, 0) : measured; // [N, 1]
    NDArray margin =
        div(
            Activation.softPlus(mul(reference.neg().add(options.gamma), options.tau)),
            options.tau); // [N, 1]
    NDArray logits =
        mul(policy.sub(reference), options.beta)
            .sub(mul(margin, options.beta / options.alpha)); // [N, 1]
    NDArray losses = batch.expected(logits, x -> LogSigmoid.of(x).neg()); // [N, 1]
    return PairLosses.of(losses, options.beta, c, r);
  }
}
