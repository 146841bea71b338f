package dev.kelpie.algorithms.preference.pair;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.ShownResponse;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Optional;
import java.util.Set;

/**
 * SRPO: regressions of a policy and of the improvement policy that the same model is when its
 * prompt shows a response to improve. With R(y | z) the log-ratio to the reference of y where z is
 * shown, h the chosen minus the rejected log-ratio without, and p the label:
 *
 * <pre>
 * improvement  ((beta (R(c | r) - R(r | r)) - (p - 1/2))^2 + (beta (R(r | c) - R(c | c)) - (1/2 - p))^2) / 2
 * policy       (beta (h + R(c | r) - R(r | c)) - (2 p - 1))^2
 * </pre>
 *
 * and {@code alpha improvement + (1 - alpha) policy}. Swapping the responses and p for 1 - p
 * changes nothing.
 *
 * <p>Choi et al. 2024, https://arxiv.org/abs/2406.01660. The squares follow from the optimality
 * conditions of its min-max objective; their factors in the sum are not confirmed.
 */
public record SrpoLoss(Options options) implements PreferenceLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("share of the improvement policy's regression") double alpha,
      @Doc("text between a prompt and the response that it shows") String shownBefore,
      @Doc("text after the response that a prompt shows") String shownAfter) {
    public static final Options DEFAULTS = new Options(0.1, 0.5, "\n", "\n");

    public Options {
      Require.positive("beta", beta);
      Require.within("alpha", alpha, 0, 1);
    }
  }

  @Override
  public boolean takesProbability() {
    return true;
  }

  @Override
  public Optional<ShownResponse> shows() {
    return Optional.of(new ShownResponse(options.shownBefore, options.shownAfter));
  }

  @Override
  public Set<PairColumn> columns() {
    return Set.of(
        PairColumn.REVISED_CHOSEN,
        PairColumn.REVISED_REJECTED,
        PairColumn.REPEATED_CHOSEN,
        PairColumn.REPEATED_REJECTED,
        PairColumn.REFERENCE_REVISED_CHOSEN,
        PairColumn.REFERENCE_REVISED_REJECTED,
        PairColumn.REFERENCE_REPEATED_CHOSEN,
        PairColumn.REFERENCE_REPEATED_REJECTED);
  }

  @Override
  public PairLosses evaluate(PairBatch batch) {
    NDArray c = batch.chosenLogRatio(); // [N, 1]
    NDArray r = batch.rejectedLogRatio(); // [N, 1]
    NDArray revisedChosen =
        ratio(
            batch,
            PairColumn.REVISED_CHOSEN,
            PairColumn.REFERENCE_REVISED_CHOSEN,
            batch.chosenMask()); // [N, 1]
    NDArray revisedRejected =
        ratio(
            batch,
            PairColumn.REVISED_REJECTED,
            PairColumn.REFERENCE_REVISED_REJECTED,
            batch.rejectedMask()); // [N, 1]
    NDArray repeatedChosen =
        ratio(
            batch,
            PairColumn.REPEATED_CHOSEN,
            PairColumn.REFERENCE_REPEATED_CHOSEN,
            batch.chosenMask()); // [N, 1]
    NDArray repeatedRejected =
        ratio(
            batch,
            PairColumn.REPEATED_REJECTED,
            PairColumn.REFERENCE_REPEATED_REJECTED,
            batch.rejectedMask()); // [N, 1]
    NDArray advantage = batch.labelsOrHard().probability().sub(0.5); // [N, 1]
    NDArray improvement =
        mul(revisedChosen.sub(repeatedRejected), options.beta)
            .sub(advantage)
            .square()
            .add(
                mul(revisedRejected.sub(repeatedChosen), options.beta)
                    .add(advantage)
                    .square()); // [N, 1]
    NDArray policy =
        mul(c.sub(r).add(revisedChosen.sub(revisedRejected)), options.beta)
            .sub(mul(advantage, 2))
            .square(); // [N, 1]
    NDArray losses =
        mul(improvement, options.alpha / 2).add(mul(policy, 1 - options.alpha)); // [N, 1]
    return PairLosses.of(batch.weighted(losses), options.beta, c, r);
  }

  private static NDArray ratio(
      PairBatch batch, PairColumn policy, PairColumn reference, NDArray mask) {
    return Masked.rowSum(batch.get(policy).sub(batch.get(reference)), mask); // [N, 1]
  }
}
