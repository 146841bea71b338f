package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Losses without a reference: x is the chosen minus the rejected log-probability of the policy; see
 * {@link Form} for each. A term {@code nllCoef} times the chosen negative log-likelihood is added.
 */
public record ReferenceFreeLoss(Form form, Options options) implements PreferenceLoss {
  /** The formulas; b is beta, e the label smoothing, ls log-sigmoid. */
  public enum Form {
    /** -(1 - e) ls(b x) - e ls(-b x): CPO, https://arxiv.org/abs/2401.08417, eq. 3. */
    CPO,
    /** max(0, 1 - b x): SLiC, https://arxiv.org/abs/2305.10425. */
    CPO_HINGE,
    /** (x - 1 / (2 b))^2: IPO, https://arxiv.org/abs/2310.12036. */
    CPO_IPO,
    /** CPO of x - gamma / b on token means: SimPO, https://arxiv.org/abs/2405.14734, eq. 6. */
    SIMPO,
    /**
     * SimPO of (1 - p^-alpha) / alpha in place of log p: AlphaPO, https://arxiv.org/abs/2501.03884.
     */
    ALPHA_PO,
    /** -b ls(log odds) on token means: ORPO, https://arxiv.org/abs/2403.07691, eq. 7. */
    ORPO;

    boolean ofTokenMeans() {
      return this == SIMPO || this == ALPHA_PO || this == ORPO;
    }
  }

  public record Options(
      @Doc("scale of the log-probabilities") double beta,
      @Doc("probability that a label is wrong") double labelSmoothing,
      @Doc("margin, for simpo and alpha-po") double gamma,
      @Doc("shape of the reward, for alpha-po") double alpha,
      @Doc("factor of the chosen negative log-likelihood") double nllCoef) {
    public static final Options DEFAULTS = new Options(0.1, 0, 0, 0, 1);

    /** SimPO's published recipe. */
    public static final Options SIMPO = new Options(2, 0, 0.5, 0, 0);

    public Options {
      Require.positive("beta", beta);
      Require.within("label-smoothing", labelSmoothing, 0, 0.5);
    }
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  @Override
  public double nllCoef() {
    return options.nllCoef;
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = logprob(batch.policyChosen(), batch.chosenMask()); // [N, 1]
    NDArray r = logprob(batch.policyRejected(), batch.rejectedMask()); // [N, 1]
    NDArray x = c.sub(r); // [N, 1]
    double beta = options.beta;
    NDArray losses =
        switch (form) {
          case CPO -> batch.expected(mul(x, beta), this::smoothed); // [N, 1]
          case CPO_HINGE ->
              batch.expected(mul(x, beta), logits -> maximum(logits.neg().add(1), 0)); // [N, 1]
          case CPO_IPO -> batch.expected(x, given -> given.sub(1 / (2 * beta)).square()); // [N, 1]
          case SIMPO, ALPHA_PO ->
              batch.expected(mul(x, beta), logits -> smoothed(logits.sub(options.gamma))); // [N, 1]
          case ORPO ->
              batch.expected(logOdds(c, r), odds -> mul(LogSigmoid.of(odds), -beta)); // [N, 1]
        };
    PairLosses pairs = PairLosses.of(losses, beta, c, r);
    if (form == Form.ORPO) {
      NDArray logOdds = logOdds(c, r).stopGradient(); // [N, 1]
      pairs
          .metrics()
          .mean("preference/log_odds", logOdds, logOdds.onesLike())
          .mean("preference/log_odds_ratio", LogSigmoid.of(logOdds), logOdds.onesLike());
    }
    return pairs;
  }

  private NDArray smoothed(NDArray logits) {
    return LogSigmoid.smoothed(options.labelSmoothing, logits); // [N, 1]
  }

  /** Only where a label's p and the label smoothing are not two words for one doubt. */
  @Override
  public boolean takesProbability() {
    return options.labelSmoothing == 0;
  }

  @Override
  public boolean takesMargin() {
    return form != Form.CPO_IPO && form != Form.ORPO;
  }

  private NDArray logprob(NDArray tokens, NDArray mask) {
    NDArray logprob =
        form.ofTokenMeans() ? Masked.rowMean(tokens, mask) : Masked.rowSum(tokens, mask); // [N, 1]
    return form == Form.ALPHA_PO && options.alpha != 0
        ? div(mul(logprob, -options.alpha).exp().neg().add(1), options.alpha)
        : logprob;
  }

  /** Log of the ratio of the odds p / (1 - p). */
  private static NDArray logOdds(NDArray chosen, NDArray rejected) {
    NDArray chosenMiss = chosen.exp().neg().add(1).log(); // [N, 1]
    NDArray rejectedMiss = rejected.exp().neg().add(1).log(); // [N, 1]
    return chosen.sub(rejected).sub(chosenMiss.sub(rejectedMiss)); // [N, 1]
  }
}
