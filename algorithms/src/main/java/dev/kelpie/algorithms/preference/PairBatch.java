package dev.kelpie.algorithms.preference;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.Require;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * N pairs of a chosen and a rejected response to the same prompt, as log-probabilities per token
 * [N, T] with masks. Losses are differentiated by the policy's. A response given as a sum counts as
 * one token.
 *
 * @param policyChosen leaf [N, T]
 * @param policyRejected leaf [N, T]
 * @param referenceChosen [N, T]; null when the loss needs no reference
 * @param referenceRejected [N, T]; null when the loss needs no reference
 * @param chosenMask [N, T], 1 on the tokens of the response
 * @param rejectedMask [N, T]
 * @param labels null when every pair is certain, of weight 1 and without margin
 * @param columns what only some losses need
 */
public record PairBatch(
    NDArray policyChosen,
    NDArray policyRejected,
    @Nullable NDArray referenceChosen,
    @Nullable NDArray referenceRejected,
    NDArray chosenMask,
    NDArray rejectedMask,
    @Nullable PairLabels labels,
    Map<PairColumn, NDArray> columns) {
  public PairBatch {
    columns = Map.copyOf(columns);
    Require.that(
        policyChosen.getShape().equals(policyRejected.getShape()),
        "policy-rejected: %s (expected: %s, the shape of policy-chosen)",
        policyRejected.getShape(),
        policyChosen.getShape());
  }

  /** A batch without labels. */
  public PairBatch(
      NDArray policyChosen,
      NDArray policyRejected,
      @Nullable NDArray referenceChosen,
      @Nullable NDArray referenceRejected,
      NDArray chosenMask,
      NDArray rejectedMask) {
    this(
        policyChosen,
        policyRejected,
        referenceChosen,
        referenceRejected,
        chosenMask,
        rejectedMask,
        null);
  }

  /** A batch without columns. */
  public PairBatch(
      NDArray policyChosen,
      NDArray policyRejected,
      @Nullable NDArray referenceChosen,
      @Nullable NDArray referenceRejected,
      NDArray chosenMask,
      NDArray rejectedMask,
      @Nullable PairLabels labels) {
    this(
        policyChosen,
        policyRejected,
        referenceChosen,
        referenceRejected,
        chosenMask,
        rejectedMask,
        labels,
        Map.of());
  }

  /** The same with labels. */
  public PairBatch with(PairLabels given) {
    return new PairBatch(
        policyChosen,
        policyRejected,
        referenceChosen,
        referenceRejected,
        chosenMask,
        rejectedMask,
        given,
        columns);
  }

  /** The same with {@code array} as {@code column}. */
  public PairBatch with(PairColumn column, NDArray array) {
    Map<PairColumn, NDArray> more = new EnumMap<>(PairColumn.class);
    more.putAll(columns);
    more.put(column, array);
    return new PairBatch(
        policyChosen,
        policyRejected,
        referenceChosen,
        referenceRejected,
        chosenMask,
        rejectedMask,
        labels,
        more);
  }

  /** The array of {@code column}; throws if the batch does not have it. */
  public NDArray get(PairColumn column) {
    NDArray array = columns.get(column);
    if (array == null) {
      throw new IllegalStateException(
          "the loss needs " + KebabCase.of(column) + ", which the batch does not have");
    }
    return array;
  }

  /** The labels; certain ones if the batch has none. */
  public PairLabels labelsOrHard() {
    return labels == null ? PairLabels.hard(Masked.lengths(chosenMask)) : labels;
  }

  /**
   * The loss of {@code logits} x [N, 1] under the labels, {@code w (p loss(x - m) + (1 - p) loss(m
   * - x))}; without labels {@code loss(x)}, and bit for bit that under certain labels of weight 1.
   */
  public NDArray expected(NDArray logits, UnaryOperator<NDArray> loss) {
    return labels == null
        ? loss.apply(logits)
        : labels.expected(logits, loss).mul(labels.weight()); // [N, 1]
  }

  /** The losses [N, 1] times the weight of their pairs. */
  public NDArray weighted(NDArray losses) {
    return labels == null ? losses : losses.mul(labels.weight()); // [N, 1]
  }

  /** Summed policy log-probability of each chosen response [N, 1]. */
  public NDArray chosen() {
    return Masked.rowSum(policyChosen, chosenMask);
  }

  /** Summed policy log-probability of each rejected response [N, 1]. */
  public NDArray rejected() {
    return Masked.rowSum(policyRejected, rejectedMask);
  }

  /** Policy minus reference on the chosen responses [N, T]. */
  public NDArray chosenLogRatios() {
    return referenceChosen == null ? policyChosen : policyChosen.sub(referenceChosen);
  }

  /** Policy minus reference on the rejected responses [N, T]. */
  public NDArray rejectedLogRatios() {
    return referenceRejected == null ? policyRejected : policyRejected.sub(referenceRejected);
  }

  /** Summed log-ratio of policy to reference of each chosen response [N, 1]. */
  public NDArray chosenLogRatio() {
    return Masked.rowSum(chosenLogRatios(), chosenMask);
  }

  /** Summed log-ratio of policy to reference of each rejected response [N, 1]. */
  public NDArray rejectedLogRatio() {
    return Masked.rowSum(rejectedLogRatios(), rejectedMask);
  }

  /** The same without the reference. */
  public PairBatch withoutReference() {
    return new PairBatch(
        policyChosen, policyRejected, null, null, chosenMask, rejectedMask, labels, columns);
  }
}
