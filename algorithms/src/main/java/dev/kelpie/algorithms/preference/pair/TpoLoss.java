package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Set;

/**
 * TPO: a loss without a reference over chosen and rejected response, and the likelihood of a third,
 * best response. x is the chosen minus the rejected log-probability of the policy: {@code -log
 * sigmoid(beta x)}, {@code max(0, 1 - beta x)}, {@code (x - 1 / (2 beta))^2}, or, for tpo-l, {@code
 * -log sigmoid(beta x - gamma)}; the last two take token means.
 *
 * <p>Saeidi et al. 2024, https://arxiv.org/abs/2405.16681, with the options of TRL.
 */
public record TpoLoss(Options options) implements PreferenceLoss {
  /** The loss of the difference x. */
  public enum Kind {
    SIGMOID,
    HINGE,
    IPO,
    TPO_L
  }

  public record Options(
      @Doc("scale of the log-probabilities") double beta,
      @Doc("sigmoid, hinge, ipo or tpo-l") Kind loss,
      @Doc("probability that a label is wrong") double labelSmoothing,
      @Doc("factor of the third response's negative log-likelihood") double nllCoef,
      @Doc("margin, for tpo-l") double gamma) {
    public static final Options DEFAULTS = new Options(0.01, Kind.SIGMOID, 0, 1, 0.5);

    public Options {
      Require.positive("beta", beta);
      Require.within("label-smoothing", labelSmoothing, 0, 0.5);
      Require.atLeast("nll-coef", nllCoef, 0);
    }
  }

  @Override
  public boolean needsReference() {
    return false;
  }

  /** Only where a label's p and the label smoothing are not two words for one doubt. */
  @Override
  public boolean takesProbability() {
    return options.labelSmoothing == 0;
  }

  @Override
  public boolean takesMargin() {
    return options.loss != Kind.IPO;
  }

  @Override
  public double nllCoef() {
    return options.nllCoef;
  }

  @Override
  public NllOf nllOf() {
    return NllOf.GOLD;
  }

  @Override
  public Set<PairColumn> columns() {
    return options.nllCoef == 0 ? Set.of() : Set.of(PairColumn.GOLD, PairColumn.GOLD_MASK);
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    boolean means = options.loss == Kind.IPO || options.loss == Kind.TPO_L;
    NDArray c = means ? chosenMean(batch) : batch.chosen(); // [N, 1]
    NDArray r = means ? rejectedMean(batch) : batch.rejected(); // [N, 1]
    NDArray x = c.sub(r); // [N, 1]
    double beta = options.beta;
    NDArray losses =
        switch (options.loss) {
          case SIGMOID -> batch.expected(mul(x, beta), this::smoothed); // [N, 1]
          case HINGE ->
              batch.expected(mul(x, beta), logits -> maximum(logits.neg().add(1), 0)); // [N, 1]
          case IPO -> batch.expected(x, given -> given.sub(1 / (2 * beta)).square()); // [N, 1]
          case TPO_L ->
              batch.expected(mul(x, beta), logits -> smoothed(logits.sub(options.gamma))); // [N, 1]
        };
    return PairLosses.of(losses, beta, c, r);
  }

  private NDArray smoothed(NDArray logits) {
    return LogSigmoid.smoothed(options.labelSmoothing, logits); // [N, 1]
  }

  private static NDArray chosenMean(PairBatch batch) {
    return Masked.rowMean(batch.policyChosen(), batch.chosenMask()); // [N, 1]
  }

  private static NDArray rejectedMean(PairBatch batch) {
    return Masked.rowMean(batch.policyRejected(), batch.rejectedMask()); // [N, 1]
  }
}
