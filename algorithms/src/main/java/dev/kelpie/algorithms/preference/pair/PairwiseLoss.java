package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * The losses of summed log-ratios c of the chosen and r of the rejected response, {@code h = c -
 * r}; see {@link Form} for each with its paper.
 *
 * <p>cdpo, hinge and ipo take labels with a probability, unless {@code labelSmoothing} says already
 * how often labels are wrong; cdpo and hinge take margins. robust, whose smoothing is a rate over
 * the whole data, and the losses that do not depend on h alone take neither.
 */
public record PairwiseLoss(Form form, Options options) implements PreferenceLoss {
  /** The formulas; b is beta, e the label smoothing, ls log-sigmoid. */
  public enum Form {
    /** -(1 - e) ls(b h) - e ls(-b h): cDPO, https://ericmitchell.ai/cdpo.pdf. */
    CDPO,
    /** (-(1 - e) ls(b h) + e ls(-b h)) / (1 - 2 e): https://arxiv.org/abs/2403.00409. */
    ROBUST,
    /** max(0, 1 - b h): SLiC, https://arxiv.org/abs/2305.10425, eq. 6. */
    HINGE,
    /** (h - 1 / (2 b))^2, h averaged over tokens: IPO, https://arxiv.org/abs/2310.12036, eq. 17. */
    IPO,
    /** KL of the smoothed label and sigmoid(b h): EXO, https://arxiv.org/abs/2402.00856, eq. 16. */
    EXO_PAIR,
    /** -ls(b c) - ls(-b c) / 2 - ls(-b r) / 2: NCA, https://arxiv.org/abs/2402.05369. */
    NCA_PAIR,
    /** -ls(b c) - ls(-b r): BCO without its shift, https://arxiv.org/abs/2404.04656. */
    BCO_PAIR,
    /** (c - 1 / (2 b))^2 + (r + 1 / (2 b))^2: SPPO, https://arxiv.org/abs/2405.00675. */
    SPPO_HARD,
    /** CDPO of the sorted log-ratios of policy and reference: https://arxiv.org/abs/2406.05882. */
    AOT,
    /** CDPO of the sorted c and the sorted r: https://arxiv.org/abs/2406.05882. */
    AOT_UNPAIRED,
    /** 1 - sigmoid(b c) + sigmoid(b r): APO, https://arxiv.org/abs/2408.06266. */
    APO_ZERO,
    /** sigmoid(b c) + 1 - sigmoid(b h): APO, https://arxiv.org/abs/2408.06266. */
    APO_DOWN
  }

  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("probability that a label is wrong") double labelSmoothing) {
    public static final Options DEFAULTS = new Options(0.1, 0);

    public Options {
      Require.positive("beta", beta);
      Require.that(
          labelSmoothing >= 0 && labelSmoothing < 0.5,
          "label-smoothing: %s (expected: in [0, 0.5))",
          labelSmoothing);
    }
  }

  public PairwiseLoss {
    Require.that(
        form != Form.EXO_PAIR || options.labelSmoothing > 0,
        "label-smoothing: 0 (expected: above 0 for exo-pair)");
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = Masked.rowSum(batch.chosenLogRatios(), batch.chosenMask()); // [N, 1]
    NDArray r = Masked.rowSum(batch.rejectedLogRatios(), batch.rejectedMask()); // [N, 1]
    NDArray losses = losses(c, r, batch); // [N, 1]
    boolean weighted = takesExpectation();
    return PairLosses.of(weighted ? losses : batch.weighted(losses), options.beta, c, r);
  }

  @Override
  public LossUnit unit() {
    return form == Form.AOT || form == Form.AOT_UNPAIRED ? LossUnit.STEP : LossUnit.PAIR;
  }

  /** Only where a label's p and the label smoothing are not two words for one doubt. */
  @Override
  public boolean takesProbability() {
    return options.labelSmoothing == 0 && takesExpectation();
  }

  @Override
  public boolean takesMargin() {
    return form == Form.CDPO || form == Form.HINGE;
  }

  private boolean takesExpectation() {
    return form == Form.CDPO || form == Form.HINGE || form == Form.IPO;
  }

  private NDArray losses(NDArray c, NDArray r, PairBatch batch) {
    double beta = options.beta;
    double e = options.labelSmoothing;
    NDArray h = c.sub(r); // [N, 1]
    return switch (form) {
      case CDPO -> batch.expected(mul(h, beta), logits -> LogSigmoid.smoothed(e, logits)); // [N, 1]
      case ROBUST ->
          div(
              mul(LogSigmoid.of(mul(h, -beta)), e).sub(mul(LogSigmoid.of(mul(h, beta)), 1 - e)),
              1 - 2 * e); // [N, 1]
      case HINGE ->
          batch.expected(mul(h, beta), logits -> maximum(logits.neg().add(1), 0)); // [N, 1]
      case IPO -> {
        NDArray means =
            c.div(maximum(Masked.lengths(batch.chosenMask()), 1))
                .sub(r.div(maximum(Masked.lengths(batch.rejectedMask()), 1))); // [N, 1]
        yield batch.expected(means, x -> x.sub(1 / (2 * beta)).square()); // [N, 1]
      }
      case EXO_PAIR -> {
        NDArray won = LogSigmoid.of(mul(h, beta)); // [N, 1]
        NDArray lost = LogSigmoid.of(mul(h, -beta)); // [N, 1]
        yield won.exp()
            .mul(won.sub(Math.log(1 - e)))
            .add(lost.exp().mul(lost.sub(Math.log(e)))); // [N, 1]
      }
      case NCA_PAIR ->
          LogSigmoid.of(mul(c, beta))
              .add(mul(LogSigmoid.of(mul(c, -beta)), 0.5))
              .add(mul(LogSigmoid.of(mul(r, -beta)), 0.5))
              .neg(); // [N, 1]
      case BCO_PAIR ->
          LogSigmoid.of(mul(c, beta)).add(LogSigmoid.of(mul(r, -beta))).neg(); // [N, 1]
      case SPPO_HARD ->
          c.sub(1 / (2 * beta)).square().add(r.add(1 / (2 * beta)).square()); // [N, 1]
      case AOT -> {
        NDArray policy = batch.chosen().sub(batch.rejected()); // [N, 1]
        yield LogSigmoid.smoothed(
            e, mul(policy.sort(0).sub(policy.sub(h).sort(0)), beta)); // [N, 1]
      }
      case AOT_UNPAIRED -> LogSigmoid.smoothed(e, mul(c.sort(0).sub(r.sort(0)), beta)); // [N, 1]
      case APO_ZERO ->
          LogSigmoid.sigmoid(mul(r, beta)).sub(LogSigmoid.sigmoid(mul(c, beta))).add(1); // [N, 1]
      case APO_DOWN ->
          LogSigmoid.sigmoid(mul(c, beta)).sub(LogSigmoid.sigmoid(mul(h, beta))).add(1); // [N, 1]
    };
  }
}
