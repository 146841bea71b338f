package dev.kelpie.algorithms.preference;

import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.Require;
import java.util.Optional;
import java.util.Set;

/**
 * An objective over pairs of responses; it never sees a model.
 *
 * <p>To add one: a file that implements this with a nested {@code record Options} and its {@code
 * DEFAULTS}, and one line in {@link dev.kelpie.algorithms.preference.pair.PreferenceLosses}.
 */
public interface PreferenceLoss {
  /**
   * The loss of each pair, to be minimised; the mean over the pairs of a step is the loss. The
   * weights of the labels are in it.
   *
   * @return losses [N, 1], differentiable by the batch's policy arrays, and implicit rewards
   */
  PairLosses evaluate(PairBatch batch);

  /** The rows that the loss needs together. */
  default LossUnit unit() {
    return LossUnit.PAIR;
  }

  /** Whether the batch must hold the reference's log-probabilities. */
  default boolean needsReference() {
    return true;
  }

  /** Whether the loss honours labels whose probability is not 1. */
  default boolean takesProbability() {
    return false;
  }

  /** Whether the loss honours labels with a margin. */
  default boolean takesMargin() {
    return false;
  }

  /** Whether the labels must hold the targets of both responses. */
  default boolean needsTargets() {
    return false;
  }

  /**
   * Whether the sides of a pair have roles of their own (first and second sample, policy and
   * reference), so that the label's probability alone says which is better: 1 the chosen side, 0
   * the rejected one.
   */
  default boolean sidesHaveRoles() {
    return false;
  }

  /** The columns that the batch must have. */
  default Set<PairColumn> columns() {
    return Set.of();
  }

  /** How prompts show a response, for losses that need prompts which do. */
  default Optional<ShownResponse> shows() {
    return Optional.empty();
  }

  /** The responses whose likelihood {@link #nllCoef} adds. */
  enum NllOf {
    CHOSEN,
    /** The third response of the column gold. */
    GOLD
  }

  /**
   * Factor of the mean negative log-likelihood that is added to the loss: the mean over all tokens
   * of {@link #nllOf} in the step, without the weights of labels.
   */
  default double nllCoef() {
    return 0;
  }

  /** The responses whose likelihood {@link #nllCoef} adds. */
  default NllOf nllOf() {
    return NllOf.CHOSEN;
  }

  /** What the targets of labels, such as {@code (win rate - 1/2) / beta}, are divided by. */
  default double targetBeta() {
    return 1;
  }

  /**
   * Checks that the batch has what this loss needs and nothing that it would pass over.
   *
   * @param name of the loss, for the message
   * @throws IllegalArgumentException naming what is missing or not honoured
   */
  default void check(String name, PairBatch batch) {
    Require.that(
        !needsReference() || batch.referenceChosen() != null,
        "%s needs a reference, and there is none",
        name);
    for (PairColumn column : columns()) {
      Require.that(batch.columns().containsKey(column), "%s needs %s", name, KebabCase.of(column));
    }
    PairLabels labels = batch.labels();
    Require.that(labels != null || !(needsTargets() || sidesHaveRoles()), "%s needs labels", name);
    if (labels != null) {
      Require.that(
          takesProbability() || labels.certain(),
          "%s takes no label whose probability is not 1",
          name);
      Require.that(
          takesMargin() || labels.withoutMargin(), "%s takes no label with a margin", name);
    }
  }
}
